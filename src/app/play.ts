import type { ContaminationIndex } from "../core/admission/contamination.js";
import { TaskMemory } from "../core/admission/memory.js";
import type { Segment } from "../core/document.js";
import type { Episode } from "../core/episode.js";
import type { Experiment } from "../core/experiment.js";
import { promptFamily } from "../core/prompts/index.js";
import type { Hash, Trainer } from "./ports.js";
import { rollout } from "./rollout.js";

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
    memory: new TaskMemory(deps.experiment.admission),
    usage: { promptTokens: 0, completionTokens: 0, retries: 0 },
  };
  const [played] = await rollout(context, [segment], () => undefined);
  if (played === undefined) throw new Error("a rollout of one segment has one episode");
  return played.episode;
}
