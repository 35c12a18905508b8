import type { ContaminationIndex } from "../../core/admission/contamination/contamination.js";
import type { AskedTasks } from "../../core/admission/repeats/asked-tasks.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import type { PromptFamily } from "../../core/prompts/families.js";
import type { Hash } from "../../core/records/task.js";
import type { Trainer } from "../ports/trainer.js";
import type { Usage } from "./sample.js";

/** What every part of one step's rollout shares. Nothing in it changes while the step is played, but `usage`. */
export interface RolloutContext {
  readonly step: number;
  readonly experiment: Experiment;
  readonly family: PromptFamily;
  readonly sampler: Pick<Trainer, "sample">;
  /** The version that plays the whole step. */
  readonly policyVersion: number | null;
  /** Tasks of earlier steps; this step's own repeats are settled after it was played, in document order. */
  readonly memory: AskedTasks;
  /** The registered evaluation sets; absent when there are none. */
  readonly evaluations?: ContaminationIndex | null;
  readonly hash: Hash;
  readonly usage: Usage;
  readonly signal: AbortSignal;
}
