import type { ExperimentInput } from "./schema.js";

/** Layers over the schema's defaults. `spice` is the defaults themselves: paper.md sections 5 and 11. */
export const presets: Readonly<Record<"spice" | "demo", ExperimentInput>> = {
  spice: {},
  /** Two cores, no GPU, minutes: a small model, short prompts, a warm start, every check on. */
  demo: {
    name: "demo",
    steps: 15,
    model: { id: "smollm2-135m", maxContextTokens: 512 },
    corpus: { warmupShare: 0.3, kinds: ["facts"] },
    challenger: {
      prompts: "small",
      documentsPerStep: 8,
      groupSize: 8,
      maxProposals: 8,
      chunk: 8,
      maxTokens: 48,
      focus: "passage",
      format: "mix",
      mix: [
        { format: { kind: "mcq" }, share: 7 },
        { format: { kind: "free", answerType: "string" }, share: 1 },
      ],
    },
    reasoner: { groupSize: 8, maxTokens: 16 },
    admission: {
      evidence: true,
      subject: true,
      leak: true,
      optionKinds: true,
      documentReference: true,
      duplicates: true,
      sameFact: true,
      openBook: { attempts: 4, required: 3 },
    },
    reward: { invalid: -0.5 },
    train: { learningRate: 3e-5 },
    warmup: { enabled: true, steps: 12, documentsPerStep: 3, learningRate: 2e-4 },
    run: { saveEverySteps: 8, keepCheckpoints: 1 },
  },
};
