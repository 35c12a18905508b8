import { ADMISSION_CODES, MODEL_CHECK_RECORDS, REFUSALS, stageOf } from "../admission/codes.js";
import { dedupKey } from "../admission/repeats/asked-tasks.js";
import { zeroVariance } from "../game/advantages.js";
import { ANSWER_TYPES } from "../records/answer.js";
import type { Episode, ProposalRecord, TwoArm } from "../records/episode.js";
import type { Refusal, Task } from "../records/task.js";
import { mean } from "../statistics/intervals.js";
import {
  answerEntropyBits,
  askedEntropyBits,
  distinctNgramRatio,
  distinctQuestionRatio,
  templateShare,
} from "./diversity.js";
import { RunTotals } from "./run-totals.js";
import { VENDI_TEXTS, vendiScore } from "./vendi.js";

/**
 * Pass rates are counted in bins from 0 of 8 to 8 of 8, so that runs with other group sizes share
 * an axis.
 */
const PASS_BUCKETS = 8;

/**
 * Metrics of a step, computed from its episodes alone. Shares are between 0 and 1. Null means that
 * nothing was measured. Proposals that the engine lost count in `infrastructure_errors` and nowhere
 * else.
 */
export function stepMetrics(step: number, episodes: readonly Episode[]): Record<string, number | null> {
  const everything = episodes.flatMap((episode) => episode.proposals);
  const proposals = everything.filter((proposal) => proposal.refusal !== "infrastructure");
  const admitted = proposals.filter((proposal) => proposal.refusal === null);
  return {
    step,
    documents: episodes.length,
    documents_refused: episodes.filter((episode) => episode.documentRefusal !== undefined).length,
    documents_with_task_share: share(episodes, (episode) =>
      episode.proposals.some((proposal) => proposal.refusal === null),
    ),
    proposals: proposals.length,
    tasks: admitted.length,
    parsed_share: share(
      proposals,
      (proposal) => proposal.refusal === null || stageOf(proposal.refusal) !== "form",
    ),
    admitted_share: share(proposals, (proposal) => proposal.refusal === null),
    mcq_share: share(admitted, (proposal) => proposal.task?.answerType === "mcq"),
    proposal_tokens_mean: mean(proposals.map((proposal) => proposal.tokens)),
    ...rewardMetrics(episodes, proposals),
    ...attemptMetrics(everything),
    ...refusalCounts(everything),
    ...findingCounts(everything),
    ...goldMetrics(admitted),
    ...truthMetrics(episodes),
    ...diversityMetrics(episodes),
    ...typeCounts(admitted),
    ...modelCheckMetrics(proposals),
    ...twoArmMetrics(proposals),
    repeat_share: share(
      proposals.filter(({ refusal }) => refusal === null || stageOf(refusal) !== "form"),
      ({ refusal }) => refusal !== null && stageOf(refusal) === "memory",
    ),
  };
}

function rewardMetrics(
  episodes: readonly Episode[],
  proposals: readonly ProposalRecord[],
): Record<string, number | null> {
  const groups = [
    ...episodes.map((episode) => episode.proposals.map((proposal) => proposal.advantage)),
    ...episodes.flatMap((episode) => (episode.reasoner === null ? [] : [episode.reasoner.advantages])),
  ];
  return {
    challenger_reward_mean: mean(present(proposals.map((proposal) => proposal.reward))),
    challenger_reward_admitted_mean: mean(
      present(proposals.map(({ refusal, reward }) => (refusal === null ? reward : null))),
    ),
    reasoner_reward_mean: mean(episodes.flatMap((episode) => episode.reasoner?.rewards ?? [])),
    groups: groups.length,
    zero_variance_groups: groups.filter(zeroVariance).length,
  };
}

function attemptMetrics(proposals: readonly ProposalRecord[]): Record<string, number | null> {
  const rates = present(proposals.map((proposal) => proposal.passRate));
  const blind = proposals.flatMap((proposal) => proposal.attempts);
  const open = proposals.flatMap((proposal) => proposal.openBook);
  const checks = proposals.flatMap((proposal) => checkAttempts(proposal));
  const lost = [...blind, ...open, ...checks].filter(
    (attempt) => attempt.verdict === "infrastructure",
  ).length;
  const metrics: Record<string, number | null> = {
    pass_rate_mean: mean(rates),
    learnable_share: share(rates, (rate) => rate > 0 && rate < 1),
    attempts: blind.length,
    attempt_tokens_mean: mean(blind.map((attempt) => attempt.tokens)),
    attempts_unparsable_share: share(blind, (attempt) => attempt.verdict === "unparsable"),
    open_book_attempts: open.length,
    open_book_correct_share: share(open, (attempt) => attempt.verdict === "correct"),
    infrastructure_errors:
      lost + proposals.filter((proposal) => proposal.refusal === "infrastructure").length,
  };
  for (let bucket = 0; bucket <= PASS_BUCKETS; bucket += 1) {
    metrics[`pass_hist_${bucket}`] = rates.filter(
      (rate) => Math.round(rate * PASS_BUCKETS) === bucket,
    ).length;
  }
  return metrics;
}

function refusalCounts(proposals: readonly ProposalRecord[]): Record<string, number> {
  const count = (reason: Refusal) => proposals.filter((proposal) => proposal.refusal === reason).length;
  return Object.fromEntries(REFUSALS.map((reason) => [`refusal_${reason}`, count(reason)]));
}

/** Number of proposals with findings of checks with severity `count`, by reason. */
function findingCounts(proposals: readonly ProposalRecord[]): Record<string, number> {
  const noted = proposals.flatMap(({ findings = [] }) => [...new Set(findings.map((one) => one.code))]);
  return Object.fromEntries(
    ADMISSION_CODES.map((code) => [`finding_${code}`, noted.filter((one) => one === code).length]),
  );
}

function goldMetrics(admitted: readonly ProposalRecord[]): Record<string, number | null> {
  const count = (gold: string) => admitted.filter((proposal) => proposal.gold === gold).length;
  return {
    gold_right: count("right"),
    gold_wrong: count("wrong"),
    gold_unknown: count("unknown"),
  };
}

/** Admitted tasks by answer type. */
function typeCounts(admitted: readonly ProposalRecord[]): Record<string, number> {
  return Object.fromEntries(
    ANSWER_TYPES.map((type) => [
      `tasks_${type}`,
      admitted.filter((proposal) => proposal.task?.answerType === type).length,
    ]),
  );
}

const checkAttempts = ({ modelChecks = [] }: ProposalRecord) => modelChecks.flatMap((one) => one.attempts);

/**
 * Results of the model checks, without the open-book check: number of proposals that a check
 * examined, and number of proposals that failed the check.
 */
function modelCheckMetrics(proposals: readonly ProposalRecord[]): Record<string, number> {
  const made = proposals.flatMap(({ modelChecks = [] }) => modelChecks);
  const record: Record<string, number> = {
    model_check_attempts: proposals.flatMap((proposal) => checkAttempts(proposal)).length,
  };
  for (const name of MODEL_CHECK_RECORDS) {
    const some = made.filter((one) => one.check === name);
    record[`${name}_checked`] = some.length;
    record[`${name}_failed`] = some.filter((one) => one.outcome === "failed").length;
  }
  return record;
}

/** Comparison of attempts with and without the document: mean gap, and shares of the diagnoses. */
function twoArmMetrics(proposals: readonly ProposalRecord[]): Record<string, number | null> {
  const arms = present(proposals.map((proposal) => proposal.twoArm ?? null));
  const of = (diagnosis: TwoArm["diagnosis"]) => share(arms, (one) => one.diagnosis === diagnosis);
  return {
    two_arm_gap_mean: mean(present(arms.map((one) => one.gap))),
    two_arm_wrong_share: of("wrong"),
    two_arm_hard_share: of("hard"),
    two_arm_fitting_share: of("fitting"),
    two_arm_easy_share: of("easy"),
  };
}

/**
 * Gold accuracy of admitted and refused proposals, with intervals and by type, and planted tasks,
 * of this step alone.
 */
function truthMetrics(episodes: readonly Episode[]): Record<string, number | null> {
  const totals = new RunTotals();
  for (const episode of episodes) totals.add(episode);
  return totals.metrics("");
}

/**
 * Diversity of all well-formed questions, repeats included: admitted tasks alone are distinct by
 * construction. Proposals of one document may ask the same on purpose (`admission.siblings`), so
 * each document counts each question once in measures between documents.
 * `distinct_in_document_ratio` measures how different the proposals of one document are.
 */
function diversityMetrics(episodes: readonly Episode[]): Record<string, number | null> {
  const asked = episodes.map(({ proposals }) =>
    present(proposals.map((proposal): Task | null => proposal.task)),
  );
  const distinct = asked.flatMap((tasks) => [
    ...new Map(tasks.map((task) => [dedupKey(task), task])).values(),
  ]);
  const questions = distinct.map((task) => task.question);
  const all = asked.flat().length;
  const vendi = vendiScore(questions);
  return {
    distinct_in_document_ratio: all === 0 ? null : distinct.length / all,
    distinct_question_ratio: distinctQuestionRatio(distinct),
    distinct_trigram_ratio: distinctNgramRatio(questions),
    answer_entropy_bits: answerEntropyBits(distinct),
    asked_entropy_bits: askedEntropyBits(questions),
    template_share: templateShare(questions),
    vendi_score: vendi,
    vendi_ratio: vendi === null ? null : vendi / Math.min(questions.length, VENDI_TEXTS),
  };
}

function present<T>(values: readonly (T | null)[]): T[] {
  return values.filter((value): value is T => value !== null);
}

function share<T>(items: readonly T[], holds: (item: T) => boolean): number | null {
  return items.length === 0 ? null : items.filter(holds).length / items.length;
}
