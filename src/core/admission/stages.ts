/**
 * The stages between a generation of the Challenger and a task, in order. Each has a label for a
 * proposal that passed it. A proposal is refused at one stage: the engine lost it, it cannot be
 * read, a pure check refused it, the run asked the same before, or samples of the model spoke
 * against it.
 */
export const STAGE_LABELS = {
  engine: "written to its end",
  form: "read as a proposal",
  checks: "passed the pure checks",
  memory: "not asked before",
  model: "passed the model's checks: admitted",
} as const;

export type RefusalStage = keyof typeof STAGE_LABELS;

/** The stages in order. */
export const REFUSAL_STAGES = Object.keys(STAGE_LABELS) as readonly RefusalStage[];
