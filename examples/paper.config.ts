import { defineConfig } from "spice-orchestrator";

/** The paper's configuration on a smaller base. Needs a GPU and a corpus of longer documents. */
export default defineConfig({
  preset: "spice",
  name: "qwen3-0.6b",
  model: { id: "Qwen/Qwen3-0.6B-Base" },
});
