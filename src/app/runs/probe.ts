import { stageOf } from "../../core/admission/codes.js";
import type { ContaminationIndex } from "../../core/admission/contamination/contamination.js";
import { AskedTasks } from "../../core/admission/repeats/asked-tasks.js";
import { type Advice, adviceFor } from "../../core/analysis/advice.js";
import { Funnel, type FunnelReport } from "../../core/analysis/funnel.js";
import { stepMetrics } from "../../core/analysis/step-metrics.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import type { Segment } from "../../core/records/document.js";
import type { Episode } from "../../core/records/episode.js";
import type { Hash } from "../../core/records/task.js";
import { clusteredMean, type Estimate } from "../../core/statistics/clustered.js";
import { wilson } from "../../core/statistics/intervals.js";
import type { Clock } from "../ports/clock.js";
import type { OwnCode } from "../ports/own-code.js";
import type { Trainer } from "../ports/trainer.js";
import { playStep } from "../self-play/play-step.js";
import { stepContext } from "../self-play/step-context.js";

/** What `probe` needs. */
export interface ProbeDeps {
  readonly experiment: Experiment;
  /** The model to try, with its present weights published. */
  readonly trainer: Trainer;
  readonly hash: Hash;
  readonly clock: Clock;
  /** The evaluation sets that `admission.contamination` names; null when it names none. */
  readonly evaluations: ContaminationIndex | null;
  /** Reward and checks of the user. */
  readonly own: OwnCode;
  readonly signal: AbortSignal;
  readonly progress: (done: number, total: number) => void;
}

/** What one step on some documents gave. Nothing was trained. */
export interface ProbeReport {
  readonly documents: number;
  readonly proposals: number;
  /** Share of the proposals that could be read, with its interval over documents. */
  readonly read: Estimate | null;
  /** Share of the proposals that became a task, with its interval over documents. */
  readonly admitted: Estimate | null;
  readonly funnel: FunnelReport;
  /** What to change about the reasons that cost the most proposals. */
  readonly advice: readonly Advice[];
  /** Samples of the Reasoner: blind attempts, and attempts of the checks. */
  readonly attempts: number;
  /** Sequences that the step would train, and their groups; 0 when there is nothing to train. */
  readonly trainedSequences: number;
  readonly sampledTokens: number;
  readonly seconds: number;
  readonly episodes: readonly Episode[];
  /** Labels of the codes of the user's checks. */
  readonly ownLabels: OwnCode["labels"];
}

/**
 * Plays one step on the given documents as a run would, and counts. The weights stay as they are.
 *
 * @param step part of the keys of all picks; steps below 1 are never part of a run
 */
export async function probe(
  deps: ProbeDeps,
  segments: readonly Segment[],
  step: number,
): Promise<ProbeReport> {
  const { experiment, trainer, hash, clock, evaluations, own, signal, progress } = deps;
  const began = clock.now();
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
      progress,
    },
    step,
  );
  const { episodes, batch } = await playStep(context, segments);
  const funnel = new Funnel(2);
  for (const episode of episodes) funnel.add(episode);
  const report = funnel.report();
  const metrics = stepMetrics(step, episodes);
  return {
    documents: episodes.length,
    proposals: report.proposals,
    read: shareOf(episodes, (stage) => stage !== "form"),
    admitted: shareOf(episodes, (stage) => stage === null),
    funnel: report,
    advice: adviceFor(report, experiment),
    attempts: Number(metrics["attempts"] ?? 0) + Number(metrics["open_book_attempts"] ?? 0),
    trainedSequences: batch?.sequences.length ?? 0,
    sampledTokens: context.usage.totals.completionTokens,
    seconds: (clock.now() - began) / 1000,
    episodes,
    ownLabels: own.labels,
  };
}

/**
 * Share of the proposals whose stage of refusal satisfies the condition. Null is the stage of an
 * admitted proposal. When all proposals agree, the interval is Wilson's, with one trial for each
 * document.
 */
function shareOf(episodes: readonly Episode[], holds: (stage: string | null) => boolean): Estimate | null {
  const share = clusteredMean(
    episodes.flatMap((episode) =>
      episode.proposals.map(({ refusal }) => ({
        cluster: episode.segmentId,
        value: holds(refusal === null ? null : stageOf(refusal)) ? 1 : 0,
      })),
    ),
  );
  if (share === null || share.high > share.low) return share;
  return { ...share, ...wilson(share.estimate * share.clusters, share.clusters) };
}
