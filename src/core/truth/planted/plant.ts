import { admit } from "../../admission/admit.js";
import { screenDocument } from "../../admission/document/screen-document.js";
import { verify } from "../../answers/verify.js";
import type { Experiment } from "../../experiment/experiment.js";
import { keyed, type Rng } from "../../random/rng.js";
import type { Segment } from "../../records/document.js";
import type { Episode } from "../../records/episode.js";
import { type PlantedTask, plantedCount } from "../../records/planted.js";
import type { Hash, Task } from "../../records/task.js";
import { askOracle } from "../oracle.js";
import { perturb } from "./perturb.js";
import { type Planted, reformat } from "./reformat.js";
import { plantWrongGold } from "./wrong-gold.js";

/** A played document of the step. */
export interface PlayedSegment {
  readonly episode: Episode;
  readonly segment: Segment;
}

/**
 * Plants tasks with known verdicts among the documents of a step: about one for each hundred
 * proposals and attempts, and at least one of each kind where the step has something to plant on.
 * Planted tasks cost no sample of the model. They are kept apart from the proposals, so rewards,
 * the batch and the asked tasks never see them. Their random keys are their own, so planting
 * changes nothing else.
 *
 * @returns the same documents in the same order; those with planted tasks have them in
 * `episode.canaries`
 */
export function plantTasks<Document extends PlayedSegment>(
  experiment: Experiment,
  step: number,
  played: readonly Document[],
  hash: Hash,
): readonly Document[] {
  const planted = plantByPlace(experiment, step, played, hash);
  return played.map((document, place) => {
    const canaries = planted.get(place);
    return canaries === undefined ? document : { ...document, episode: { ...document.episode, canaries } };
  });
}

/** Planted tasks by the place of their document in `played`. */
function plantByPlace(
  experiment: Experiment,
  step: number,
  played: readonly PlayedSegment[],
  hash: Hash,
): ReadonlyMap<number, readonly PlantedTask[]> {
  const planted = new Map<number, PlantedTask[]>();
  const plant = (place: number, records: readonly PlantedTask[]) =>
    planted.set(place, [...(planted.get(place) ?? []), ...records]);
  const generator = (kind: string, index: number) => keyed(experiment.seed, step, "canary", kind, index);

  const proposals = played.flatMap(({ episode }) => episode.proposals);
  const withFacts = [...played.keys()].filter((place) => played[place]?.segment.document.facts.length !== 0);
  for (let index = 0; index < plantedCount(proposals.length) && withFacts.length > 0; index += 1) {
    const rng = generator("wrong_gold", index);
    const place = rng.pick(withFacts);
    plant(place, wrongGold(experiment, played, place, rng, hash));
  }

  const tasks = played.flatMap(({ episode }, place) =>
    episode.proposals.flatMap(({ refusal, task }) =>
      refusal === null && task !== null ? [{ place, task }] : [],
    ),
  );
  const attempts = proposals.reduce((sum, one) => sum + one.attempts.length + one.openBook.length, 0);
  for (let index = 0; index < plantedCount(attempts / 2) && tasks.length > 0; index += 1) {
    for (const kind of ["right_answer", "wrong_answer"] as const) {
      const rng = generator(kind, index);
      const { place, task } = rng.pick(tasks);
      plant(place, [
        plantedAnswer(kind, task, kind === "right_answer" ? reformat(task, rng) : perturb(task, rng)),
      ]);
    }
  }
  return planted;
}

/**
 * One proposal with a wrong gold answer, shown to the checks that need no model and to the oracle.
 */
function wrongGold(
  { admission }: Experiment,
  played: readonly PlayedSegment[],
  place: number,
  rng: Rng,
  hash: Hash,
): PlantedTask[] {
  const { episode, segment } = played[place] as PlayedSegment;
  const others = played.flatMap((one) =>
    one.segment.document.subject === segment.document.subject ? [] : [one.segment],
  );
  const made = plantWrongGold(segment, others, episode.format.kind, rng);
  if (made === null) return [];
  const { trick, candidate, gold } = made;
  // No passage is given. Otherwise a wrong answer from another passage would be refused for its
  // place.
  const gate = admit(candidate, {
    segment,
    document: screenDocument(segment, admission),
    focus: null,
    config: admission,
    optionRng: () => rng,
    hash,
    evaluations: null,
  });
  const oracle = askOracle(segment, candidate);
  const base = {
    kind: "wrong_gold",
    trick,
    question: candidate.question,
    gold,
    planted: candidate.answer,
  } as const;
  return [
    { ...base, judge: "gate", caught: !gate.ok, outcome: gate.ok ? "admitted" : gate.code },
    { ...base, judge: "oracle", caught: oracle !== "right", outcome: oracle },
  ];
}

function plantedAnswer(
  kind: "right_answer" | "wrong_answer",
  task: Task,
  { trick, text }: Planted,
): PlantedTask {
  const verdict = verify(task, text);
  return {
    kind,
    trick,
    judge: "verifier",
    question: task.question,
    gold: task.answer,
    planted: text,
    caught: (verdict === "correct") === (kind === "right_answer"),
    outcome: verdict,
  };
}
