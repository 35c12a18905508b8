import type { ExperimentInput } from "./schema.js";

/** Layers over the schema's defaults. `spice` is the defaults themselves: paper.md sections 5 and 11. */
export const presets: Readonly<Record<"spice" | "demo", ExperimentInput>> = {
  spice: {},
  /** Two cores, no GPU, minutes: a small model, short prompts, a warm start, every check on. */
  demo: {
    name: "demo",
    steps: 30,
    model: { id: "smollm2-135m", maxContextTokens: 1024 },
    corpus: { warmupShare: 0.3, evalShare: 0.1 },
    challenger: {
      prompts: "small",
      documentsPerStep: 6,
      groupSize: 8,
      maxProposals: 8,
      chunk: 8,
      temperature: 1,
      maxTokens: 64,
      format: "mix",
      mix: [
        { format: { kind: "mcq" }, share: 1 },
        { format: { kind: "free", answerType: "string" }, share: 1 },
      ],
    },
    reasoner: { groupSize: 8, maxTokens: 24 },
    admission: {
      evidence: true,
      subject: true,
      leak: true,
      documentReference: true,
      duplicates: true,
      openBook: { attempts: 4, required: 3 },
    },
    train: { learningRate: 1e-5 },
    warmup: { enabled: true, steps: 60, documentsPerStep: 8, learningRate: 5e-5 },
    run: { saveEverySteps: 10 },
  },
};
