/**
 * The stages of admission, in order. Each stage has a label for a proposal that passed it. A
 * proposal is refused at one stage. `engine`: the engine lost the proposal. `form`: the parser
 * could not read the proposal. `checks`: a pure check refused it. `memory`: the run asked the same
 * task before. `model`: a model check refused it.
 */
export const STAGE_LABELS = {
  engine: "sampled by the engine",
  form: "read as a proposal",
  checks: "passed the pure checks",
  memory: "not asked before",
  model: "passed the model checks: admitted",
} as const;

export type RefusalStage = keyof typeof STAGE_LABELS;

/** The stages in order. */
export const REFUSAL_STAGES = Object.keys(STAGE_LABELS) as readonly RefusalStage[];
