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

/** A step up to its batch. The weights are unchanged. */
export interface PlayedStep {
  readonly episodes: readonly Episode[];
  /** Null when no group has variance: then there is nothing to train. */
  readonly batch: TrainBatch | null;
  /** Metrics of the second look; empty without one. */
  readonly metrics: Readonly<Record<string, number | null>>;
}

/**
 * Other verifiers look at the verdicts of a step before the step is trained. They may change
 * verdicts.
 */
export type SecondLook = (documents: readonly PlayedDocument[]) => Promise<{
  readonly documents: readonly PlayedDocument[];
  readonly metrics: Readonly<Record<string, number | null>>;
}>;

const noSecondLook: SecondLook = async (documents) => ({ documents, metrics: {} });

/**
 * One step of SPICE (Algorithm 1 of the paper), from documents to the training batch. All documents
 * are played at the same time. The order in which samples arrive decides nothing: every random
 * choice has its own key, and what depends on other documents is decided in document order.
 */
export async function playStep(
  context: StepContext,
  segments: readonly Segment[],
  secondLook: SecondLook = noSecondLook,
): Promise<PlayedStep> {
  const { experiment } = context;
  const blind = new BlindAttempts(context);

  // 1. Challenge. For each document, the Challenger writes up to N proposals, until one is valid.
  const challenged = await challengeAll(context, blind, segments);

  // 2. Refuse repeats. Of equal tasks in one step, the first stays. Not in the paper.
  const distinct = refuseRepeats(experiment.admission, challenged);

  // 3. Solve. G proposals of each document form the Challenger's group. The Reasoner answers their
  // tasks K times without the document. One task of each document trains the Reasoner.
  const solved = await Promise.all(distinct.map((document) => solve(context, blind, document)));

  // 4. Score. Verdicts give pass rates, rewards, and advantages within each group.
  const scored = solved.map((document) => ({
    episode: scoreEpisode(unscoredEpisode(context, document), experiment),
    segment: document.segment,
    tokens: tokensOf(document),
  }));

  // 5. Audit. Planted tasks test the gate and the verifier. Other verifiers look at the verdicts.
  // Not in the paper.
  const audited = await secondLook(plantTasks(experiment, context.step, scored, context.hash));

  // 6. Batch. Both roles train the same weights.
  const batch = buildBatch(experiment, audited.documents);
  return { episodes: audited.documents.map(({ episode }) => episode), batch, metrics: audited.metrics };
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
