import { CHECKS } from "../core/admission/checks.js";
import type { ExperimentInput } from "./schema.js";

/**
 * Layers over the defaults of the schema. `spice` adds nothing, because the defaults are the values
 * of the paper (section 3.1, appendix B, table 5). docs/paper-to-code.md lists all values that the
 * paper does not give and all values that differ from the paper.
 */
export const presets: Readonly<Record<"spice" | "demo", ExperimentInput>> = {
  spice: {},
  /**
   * Runs in minutes on two cores without a GPU: a small model, short prompts, a warm start, and the
   * settings of each check for this preset.
   */
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
    admission: demoAdmission(),
    reward: { invalid: -0.5 },
    train: { learningRate: 3e-5 },
    warmup: { enabled: true, steps: 12, documentsPerStep: 3, learningRate: 2e-4 },
    run: { saveEverySteps: 8, keepCheckpoints: 1 },
  },
};

/** The settings of admission in `demo`. Each check states its setting for this preset. */
function demoAdmission(): ExperimentInput["admission"] {
  const settings: Record<string, unknown> = {};
  for (const check of CHECKS) {
    if (check.setting === null || !("demo" in check)) continue;
    const path = check.setting.split(".");
    const name = path.pop() as string;
    let group = settings;
    for (const key of path) {
      group[key] ??= {};
      group = group[key] as Record<string, unknown>;
    }
    group[name] = check.demo;
  }
  return settings;
}
