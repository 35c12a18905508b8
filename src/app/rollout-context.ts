import type { ContaminationIndex } from "../core/admission/contamination.js";
import type { TaskMemory } from "../core/admission/memory.js";
import type { Experiment } from "../core/experiment.js";
import type { PromptFamily } from "../core/prompts/index.js";
import type { Hash, Trainer } from "./ports.js";
import type { Usage } from "./sampling.js";

/** What every part of one step's rollout shares. Nothing in it changes while the step is played, but `usage`. */
export interface RolloutContext {
  readonly step: number;
  readonly experiment: Experiment;
  readonly family: PromptFamily;
  readonly sampler: Pick<Trainer, "sample">;
  /** The version that plays the whole step. */
  readonly policyVersion: number | null;
  /** Tasks of earlier steps; this step's own repeats are settled after it was played, in document order. */
  readonly memory: TaskMemory;
  /** The registered evaluation sets; absent when there are none. */
  readonly evaluations?: ContaminationIndex | null;
  readonly hash: Hash;
  readonly usage: Usage;
  readonly signal: AbortSignal;
}
