import type { ContaminationIndex } from "../../core/admission/contamination/contamination.js";
import type { AskedTasks } from "../../core/admission/repeats/asked-tasks.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import { type PromptFamily, promptFamily } from "../../core/prompts/families.js";
import type { Hash } from "../../core/records/task.js";
import { NO_OWN_CODE, type OwnCode } from "../ports/own-code.js";
import type { Trainer } from "../ports/trainer.js";
import { OpenThoughts } from "./open-thoughts.js";
import { SamplingUsage } from "./usage.js";

/** The values that the caller of a step provides. */
export interface StepServices {
  readonly experiment: Experiment;
  readonly sampler: Pick<Trainer, "sample" | "tokenize">;
  /** Policy version that plays the whole step; null for the newest version. */
  readonly policyVersion: number | null;
  /** Admitted tasks of earlier steps. `refuseRepeats` refuses repeats within the step. */
  readonly askedTasks: AskedTasks;
  /** The registered evaluation sets; null when there are none. */
  readonly evaluations: ContaminationIndex | null;
  /** Reward and checks of the user. Default: none. */
  readonly own?: OwnCode;
  readonly hash: Hash;
  readonly signal: AbortSignal;
  /**
   * Called when the Challenger has finished a document. `done` is the number of finished documents,
   * `total` the number of documents of the step.
   */
  readonly progress: (done: number, total: number) => void;
}

/** The values that all parts of one step share. Only `usage` changes while the step is played. */
export interface StepContext extends StepServices {
  readonly own: OwnCode;
  readonly step: number;
  /** Prompts and parsers of both roles. */
  readonly family: PromptFamily;
  /** Says which prompts end inside a thought. */
  readonly thoughts: OpenThoughts;
  /** Counts the tokens of all sampling calls of the step. */
  readonly usage: SamplingUsage;
}

/** The context of one step. Steps of a run are numbered from 1; `spice play` uses step 0. */
export function stepContext(services: StepServices, step: number): StepContext {
  const { prompts, templates } = services.experiment.challenger;
  const family = promptFamily(prompts, templates);
  const thoughts = new OpenThoughts(services.sampler, services.signal);
  return { own: NO_OWN_CODE, ...services, step, family, thoughts, usage: new SamplingUsage() };
}
