import type { Experiment } from "../../core/experiment/experiment.js";
import { rescoreEpisode } from "../../core/game/score.js";
import type { Attempt, Episode } from "../../core/records/episode.js";
import type { VerifiedAnswer } from "../../core/truth/opinion.js";
import { type ReviewRecord, reviewRecord } from "../../core/truth/review.js";
import { EXIT, SpiceError } from "../errors.js";
import type { AnswerJudge } from "../ports/verifiers.js";
import type { PlayedDocument } from "../self-play/trace.js";
import { type Asked, askInTurn, isPicked, ratio, tally } from "./ask.js";

/** Result of asking the judge about one step. */
export interface JudgedStep {
  readonly documents: readonly PlayedDocument[];
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly records: readonly ReviewRecord[];
}

/**
 * Asks the judge about answers of type `string`. With mode `doubt`, the judge sees a random share
 * of the answers and changes nothing. With mode `rescue`, the judge sees all blind answers that the
 * rules found wrong. The answers that the judge accepts become correct.
 */
export async function askJudge(
  { experiment, judge }: { readonly experiment: Experiment; readonly judge?: AnswerJudge },
  step: number,
  documents: readonly PlayedDocument[],
  judged: readonly VerifiedAnswer[],
  signal: AbortSignal,
): Promise<JudgedStep> {
  if (judge === undefined) return { documents, metrics: {}, records: [] };
  const { mode, share } = experiment.verification.judge;
  const texts = judged.filter(({ task }) => task.answerType === "string");
  const wanted =
    mode === "rescue"
      ? texts.filter(({ kind, attempt }) => kind === "blind" && attempt.verdict === "wrong")
      : texts.filter((one) => isPicked(experiment.seed, step, one, "judge", share));
  const asked = await askInTurn(wanted, ({ task, attempt }) =>
    judge.assess({ question: task.question, gold: task.answer, answer: attempt.answer }, signal),
  );
  const count = tally(asked);
  const metrics = {
    judge_drawn: wanted.length,
    judge_checked: count.checked,
    judge_disagreed: count.disagreed.length,
    judge_disagreed_share: ratio(count.disagreed.length, count.checked),
    judge_timeouts: count.timeouts,
    judge_failures: count.failures,
  };
  const rewarded = mode === "rescue" ? "second" : "native";
  const records = count.disagreed.map(({ one, second }) =>
    reviewRecord(step, one, { second, by: "judge", rewarded }),
  );
  if (mode !== "rescue") return { documents, metrics, records };
  const rescued = rescue(documents, asked, experiment);
  const judge_reward_share = shareOfPositives(rescued.map((one) => one.episode));
  return { documents: rescued, metrics: { ...metrics, judge_reward_share }, records };
}

/**
 * Limits how much of a step's reward may come from the judge.
 *
 * @throws SpiceError `JUDGE_SHARE` (exit 4) above `verification.judge.maxShare`
 */
export function requireJudgeShare({ verification }: Experiment, { metrics }: JudgedStep): void {
  const { maxShare } = verification.judge;
  const share = metrics["judge_reward_share"] ?? 0;
  if (share > maxShare) throw tooMany(share, maxShare);
}

const keyOf = (segmentId: string, taskId: string, index: number) => `${segmentId} ${taskId} ${index}`;

/** Makes the answers that the judge accepted correct, and scores the episodes again. */
function rescue(
  documents: readonly PlayedDocument[],
  asked: readonly Asked[],
  experiment: Experiment,
): readonly PlayedDocument[] {
  const accepted = new Set(
    asked.flatMap(({ one, opinion }) =>
      opinion.kind === "verdict" && opinion.verdict === "correct"
        ? [keyOf(one.segmentId, one.task.id, one.attempt.index)]
        : [],
    ),
  );
  const overrule = (segmentId: string, taskId: string, attempt: Attempt): Attempt =>
    attempt.verdict === "wrong" && accepted.has(keyOf(segmentId, taskId, attempt.index))
      ? { ...attempt, verdict: "correct", rescuedBy: "judge" }
      : attempt;
  return documents.map((document) => {
    const { episode } = document;
    const proposals = episode.proposals.map((proposal) => {
      const { task, attempts } = proposal;
      if (task === null) return proposal;
      return {
        ...proposal,
        attempts: attempts.map((attempt) => overrule(episode.segmentId, task.id, attempt)),
      };
    });
    return { ...document, episode: rescoreEpisode({ ...episode, proposals }, experiment) };
  });
}

/**
 * Share of the correct blind attempts whose verdict comes from the judge; null without correct
 * attempts.
 */
function shareOfPositives(episodes: readonly Episode[]): number | null {
  const correct = episodes
    .flatMap(({ proposals }) => proposals.flatMap((one) => one.attempts))
    .filter((attempt) => attempt.verdict === "correct");
  return ratio(correct.filter((attempt) => attempt.rescuedBy !== undefined).length, correct.length);
}

function tooMany(share: number, most: number): SpiceError {
  const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
  return new SpiceError(
    `${percent(share)} of the step's positive rewards are the judge's, more than ${percent(most)}; the step was not trained.`,
    {
      code: "JUDGE_SHARE",
      boundary: "verification",
      where: "verification.judge.maxShare",
      hint: "Look at what it accepted (review.jsonl); then raise the limit, or set verification.judge.mode to doubt in a new run.",
      exit: EXIT.guard,
    },
  );
}
