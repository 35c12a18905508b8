import { defineConfig } from "spice-orchestrator";

/**
 * The paper's algorithm with every admission check on, and a looser upper clip bound: what we would
 * start a long run with.
 */
export default defineConfig({
  preset: "spice",
  name: "checked",
  admission: {
    document: {
      instructions: "refuse",
      hiddenText: "refuse",
      secrets: "refuse",
      personalData: "refuse",
      quality: "count",
    },
    evidence: "refuse",
    subject: "refuse",
    leak: "refuse",
    optionKinds: "refuse",
    optionTruth: "refuse",
    documentReference: "refuse",
    deixis: "refuse",
    derivable: "refuse",
    answerKind: "refuse",
    alignment: "refuse",
    ambiguity: "refuse",
    instructions: "refuse",
    secrets: "refuse",
    personalData: "refuse",
    duplicates: "refuse",
    nearDuplicates: { check: "refuse" },
    openBook: { attempts: 8, required: 6 },
  },
  train: { loss: { clipHigh: 0.28 } },
});
