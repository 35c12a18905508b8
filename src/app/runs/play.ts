import type { ContaminationIndex } from "../../core/admission/contamination/contamination.js";
import { AskedTasks } from "../../core/admission/repeats/asked-tasks.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import { promptFamily } from "../../core/prompts/families.js";
import type { Segment } from "../../core/records/document.js";
import type { Episode } from "../../core/records/episode.js";
import type { Hash } from "../../core/records/task.js";
import type { Trainer } from "../ports/trainer.js";
import { rollout } from "../self-play/play-step.js";

export interface PlayDeps {
  readonly experiment: Experiment;
  readonly trainer: Trainer;
  readonly hash: Hash;
  readonly signal: AbortSignal;
  /** The evaluation sets that `admission.contamination` names; absent when it names none. */
  readonly evaluations?: ContaminationIndex | null;
}

/** One Challenger and Reasoner round on one document, every intermediate kept, nothing trained. */
export async function play(deps: PlayDeps, segment: Segment): Promise<Episode> {
  const context = {
    ...deps,
    sampler: deps.trainer,
    step: 0,
    family: promptFamily(deps.experiment.challenger.prompts),
    policyVersion: null,
    memory: new AskedTasks(deps.experiment.admission),
    usage: { promptTokens: 0, completionTokens: 0, retries: 0 },
  };
  const [played] = await rollout(context, [segment], () => undefined);
  if (played === undefined) throw new Error("a rollout of one segment has one episode");
  return played.episode;
}
