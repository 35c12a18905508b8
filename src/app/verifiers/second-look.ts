import { MAX_ANSWER_LENGTH } from "../../core/answers/verify.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import { MATH_VERIFY_TYPES, type VerifiedAnswer, verifiedAnswers } from "../../core/truth/opinion.js";
import { type ReviewRecord, reviewRecord } from "../../core/truth/review.js";
import type { Logger } from "../ports/output.js";
import type { RunStore } from "../ports/runs.js";
import type { AnswerJudge, SecondOpinion } from "../ports/verifiers.js";
import type { PlayedDocument } from "../self-play/trace.js";
import { askInTurn, isPicked, ratio, tally } from "./ask.js";
import { askJudge, requireJudgeShare } from "./judge.js";

/**
 * Above these shares the log has a warning. Both shares are far above what a working math-verify
 * gives.
 */
const MAX_DISAGREED_SHARE = 0.02;
const MAX_TIMEOUT_SHARE = 0.005;

/** What a second look works with. A verifier is absent when its mode is off. */
export interface SecondLookDeps {
  readonly experiment: Experiment;
  readonly store: Pick<RunStore, "review">;
  readonly logger: Logger;
  readonly secondOpinion?: SecondOpinion;
  readonly judge?: AnswerJudge;
}

/**
 * Result of asking the other verifiers. The documents are unchanged unless
 * `verification.judge.mode` is `rescue`.
 */
export interface SecondLookResult {
  readonly documents: readonly PlayedDocument[];
  readonly metrics: Readonly<Record<string, number | null>>;
}

/**
 * Asks math-verify and the judge, where they are on, about the verdicts of the rules. Disagreements
 * are counted and noted for review. Which answers are asked about depends on the seed alone. Only a
 * rescue by the judge changes a verdict.
 *
 * @throws SpiceError `JUDGE_SHARE` (exit 4)
 */
export async function askSecondLook(
  deps: SecondLookDeps,
  step: number,
  documents: readonly PlayedDocument[],
  signal: AbortSignal,
): Promise<SecondLookResult> {
  if (deps.secondOpinion === undefined && deps.judge === undefined) return { documents, metrics: {} };
  const judged = verifiedAnswers(documents.map((document) => document.episode));
  const second = await askMathVerify(deps, step, judged, signal);
  const judge = await askJudge(deps, step, documents, judged, signal);
  const records = [...second.records, ...judge.records];
  await deps.store.review(step, records);
  // The records are written first, so that they hold the reason when the next line stops the run.
  requireJudgeShare(deps.experiment, judge);
  return { documents: judge.documents, metrics: { ...second.metrics, ...judge.metrics } };
}

interface Findings {
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly records: readonly ReviewRecord[];
}

async function askMathVerify(
  { experiment, secondOpinion, logger }: SecondLookDeps,
  step: number,
  judged: readonly VerifiedAnswer[],
  signal: AbortSignal,
): Promise<Findings> {
  if (secondOpinion === undefined) return { metrics: {}, records: [] };
  const { mode, share } = experiment.verification.secondOpinion;
  const drawn = judged
    .filter(
      ({ task, attempt }) =>
        MATH_VERIFY_TYPES.has(task.answerType) && attempt.answer.length <= MAX_ANSWER_LENGTH,
    )
    .filter((one) => isPicked(experiment.seed, step, one, "second-opinion", share));
  const opinions = await askInTurn(drawn, ({ task, attempt }) =>
    secondOpinion.check({ type: task.answerType, gold: task.answer, answer: attempt.answer }, signal),
  );
  const count = tally(opinions);
  const metrics = {
    second_opinion_drawn: drawn.length,
    second_opinion_checked: count.checked,
    second_opinion_disagreed: count.disagreed.length,
    second_opinion_disagreed_share: ratio(count.disagreed.length, count.checked),
    second_opinion_unreadable: count.unreadable,
    second_opinion_timeouts: count.timeouts,
    second_opinion_timeout_share: ratio(count.timeouts, opinions.length),
    second_opinion_failures: count.failures,
  };
  const { second_opinion_disagreed_share: off, second_opinion_timeout_share: late } = metrics;
  if ((off ?? 0) > MAX_DISAGREED_SHARE || (late ?? 0) > MAX_TIMEOUT_SHARE)
    logger.warn("second opinion: more disagreements or timeouts than expected", { step, ...metrics });
  const records =
    mode === "review"
      ? count.disagreed.map(({ one, second }) =>
          reviewRecord(step, one, { second, by: "math-verify", rewarded: "native" }),
        )
      : [];
  return { metrics, records };
}
