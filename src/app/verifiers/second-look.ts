import { MAX_ANSWER_LENGTH } from "../../core/answers/verify.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import { MATH_VERIFY_TYPES, type VerifiedAnswer, verifiedAnswers } from "../../core/truth/opinion.js";
import { type ReviewRecord, reviewRecord } from "../../core/truth/review.js";
import type { Logger } from "../ports/output.js";
import type { RunStore } from "../ports/runs.js";
import type { AnswerJudge, SecondOpinion } from "../ports/verifiers.js";
import type { Rollout } from "../self-play/play-step.js";
import { askInTurn, isPicked, ratio, tally } from "./ask.js";
import { askJudge, requireJudgeShare } from "./judge.js";

/** Alarms of research page corpus-eval-guardrails, section 5c. */
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

/** A step after others had a look: the rollouts, changed only where `verification.judge.mode` is `rescue`. */
export interface SecondLook {
  readonly rollouts: readonly Rollout[];
  readonly metrics: Readonly<Record<string, number | null>>;
}

/**
 * Ask math-verify and the judge, as far as they are on, about what a step's rules decided. Disagreements are counted, and noted for
 * review. The draw of what is looked at is keyed; what comes back decides nothing but the judge's rescues.
 *
 * @throws SpiceError `JUDGE_SHARE` (exit 4)
 */
export async function askSecondLook(
  deps: SecondLookDeps,
  step: number,
  rollouts: readonly Rollout[],
  signal: AbortSignal,
): Promise<SecondLook> {
  if (deps.secondOpinion === undefined && deps.judge === undefined) return { rollouts, metrics: {} };
  const judged = verifiedAnswers(rollouts.map((one) => one.episode));
  const second = await askMathVerify(deps, step, judged, signal);
  const judge = await askJudge(deps, step, rollouts, judged, signal);
  const records = [...second.records, ...judge.records];
  await deps.store.review(step, records);
  // After the records: whoever looks for the reason of a stop finds it there.
  requireJudgeShare(deps.experiment, judge);
  return { rollouts: judge.rollouts, metrics: { ...second.metrics, ...judge.metrics } };
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
