import { scoreEpisode } from "../../core/game/score.js";
import type { Segment } from "../../core/records/document.js";
import type { Episode } from "../../core/records/episode.js";
import { plantTasks } from "../../core/truth/planted/plant.js";
import type { TrainBatch } from "../ports/trainer.js";
import { BlindAttempts } from "./attempts.js";
import { buildBatch } from "./batch.js";
import { challenge } from "./challenge.js";
import { refuseRepeats } from "./repeats.js";
import { solve } from "./solve.js";
import type { StepContext } from "./step-context.js";
import { type PlayedDocument, tokensOf, unscoredEpisode } from "./trace.js";

/** The result of playing a step: episodes and batch. The batch is not trained yet. */
export interface PlayedStep {
  readonly episodes: readonly Episode[];
  /** Null when there is nothing to train: all advantages of all groups are 0. */
  readonly batch: TrainBatch | null;
  /** Metrics of `SecondLook`; empty when no other verifier is on. */
  readonly metrics: Readonly<Record<string, number | null>>;
}

/**
 * Other verifiers verify some answers of a step again, before the model is trained on the step:
 * math-verify (the second opinion) and the judge. The judge may change verdicts. The scores then
 * change too.
 */
export type SecondLook = (documents: readonly PlayedDocument[]) => Promise<{
  readonly documents: readonly PlayedDocument[];
  readonly metrics: Readonly<Record<string, number | null>>;
}>;

const noSecondLook: SecondLook = async (documents) => ({ documents, metrics: {} });

/**
 * One step of SPICE (Algorithm 1 of the paper), from the documents to the training batch. All
 * documents are played at the same time. The result does not depend on the order in which samples
 * arrive: every random choice has its own key, and repeats are searched in document order.
 */
export async function playStep(
  context: StepContext,
  segments: readonly Segment[],
  secondLook: SecondLook = noSecondLook,
): Promise<PlayedStep> {
  const { experiment } = context;
  const blind = new BlindAttempts(context);

  // 1. Challenge. The Challenger writes G proposals for each document (`challenger.groupSize`).
  // When none of them is admitted, the Challenger writes more proposals until one is admitted. It
  // writes at most N proposals (`challenger.maxProposals`).
  const challenged = await challengeAll(context, blind, segments);

  // 2. Refuse repeats. When several documents have the same task, only the proposals of the
  // first document with this task stay admitted. Not in the paper.
  const distinct = refuseRepeats(experiment.admission, challenged);

  // 3. Solve. G proposals of each document are the Challenger's training group. The Reasoner
  // answers the task of each admitted proposal of the group K times without the document
  // (`reasoner.groupSize`), or fewer times with early stopping. One task of each document trains
  // the Reasoner.
  const solved = await Promise.all(distinct.map((document) => solve(context, blind, document)));

  // 4. Score. Verdicts give pass rates, pass rates give rewards, rewards give advantages.
  const scored = solved.map((document) => ({
    episode: scoreEpisode(unscoredEpisode(context, document), experiment, context.own.reward),
    segment: document.segment,
    tokens: tokensOf(document),
  }));

  // 5. Test. Planted tasks test admission, the verifier and the oracle. Other verifiers verify some
  // answers again. Not in the paper.
  const tested = await secondLook(plantTasks(experiment, context.step, scored, context.hash));

  // 6. Batch. One batch has the groups of both roles, because both roles train the same weights.
  const batch = buildBatch(experiment, tested.documents);
  return { episodes: tested.documents.map(({ episode }) => episode), batch, metrics: tested.metrics };
}

/**
 * Lets the Challenger write about every document of the step, and reports each finished document.
 */
async function challengeAll(context: StepContext, blind: BlindAttempts, segments: readonly Segment[]) {
  let finished = 0;
  return Promise.all(
    segments.map(async (segment, slot) => {
      const document = await challenge(context, blind, { segment, slot, slots: segments.length });
      finished += 1;
      context.progress(finished, segments.length);
      return document;
    }),
  );
}
