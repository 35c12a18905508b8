import type { ContaminationIndex } from "../../core/admission/contamination/contamination.js";
import { AskedTasks } from "../../core/admission/repeats/asked-tasks.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import type { Segment } from "../../core/records/document.js";
import type { Episode } from "../../core/records/episode.js";
import type { Hash } from "../../core/records/task.js";
import { NO_OWN_CODE, type OwnCode } from "../ports/own-code.js";
import type { Trainer } from "../ports/trainer.js";
import { playStep } from "../self-play/play-step.js";
import { stepContext } from "../self-play/step-context.js";

export interface PlayDeps {
  readonly experiment: Experiment;
  readonly trainer: Trainer;
  readonly hash: Hash;
  readonly signal: AbortSignal;
  /** The evaluation sets that `admission.contamination` names; absent when it names none. */
  readonly evaluations?: ContaminationIndex | null;
  /** Reward and checks of the user; absent when the configuration names none. */
  readonly own?: OwnCode;
}

/**
 * One round of Challenger and Reasoner on one document. Every intermediate is kept. Nothing is
 * trained.
 */
export async function play(deps: PlayDeps, segment: Segment): Promise<Episode> {
  const { experiment, trainer, hash, signal, evaluations = null, own = NO_OWN_CODE } = deps;
  const context = stepContext(
    {
      experiment,
      sampler: trainer,
      policyVersion: null,
      askedTasks: new AskedTasks(experiment.admission),
      evaluations,
      own,
      hash,
      signal,
      progress: () => undefined,
    },
    0,
  );
  const { episodes } = await playStep(context, [segment]);
  const [episode] = episodes;
  if (episode === undefined) throw new Error("a step of one segment has one episode");
  return episode;
}
