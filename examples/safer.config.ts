import { defineConfig } from "spice-orchestrator";

/** The paper's algorithm with every admission check on, and a looser upper clip bound: what we would start a long run with. */
export default defineConfig({
  preset: "spice",
  name: "checked",
  admission: {
    evidence: true,
    subject: true,
    leak: true,
    documentReference: true,
    duplicates: true,
    openBook: { attempts: 8, required: 6 },
  },
  train: { loss: { clipHigh: 0.28 } },
});
