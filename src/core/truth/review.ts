import type { AnswerType, Verdict } from "../records/answer.js";
import type { VerifiedAnswer } from "./opinion.js";

/** One line of review.jsonl: a verdict for people to review. */
export interface ReviewRecord {
  readonly step: number;
  readonly taskId: string;
  readonly segmentId: string;
  readonly attempt: number;
  readonly kind: "blind" | "open-book";
  readonly answerType: AnswerType;
  readonly question: string;
  readonly gold: string;
  readonly answer: string;
  /** Verdict of the typed rules. */
  readonly native: Verdict;
  /** Verdict of the verifier that disagrees. */
  readonly second: "correct" | "wrong";
  readonly by: "math-verify" | "judge";
  /** The verdict that gave the reward. */
  readonly rewarded: "native" | "second";
}

/**
 * Longest text of a record, in UTF-16 code units. People read this file, and a question may be
 * long.
 */
const MAX_TEXT = 2000;

/** The record of a disagreement, with texts cut to a readable length. */
export function reviewRecord(
  step: number,
  { segmentId, task, kind, attempt }: VerifiedAnswer,
  verdicts: Pick<ReviewRecord, "second" | "by" | "rewarded">,
): ReviewRecord {
  const cut = (text: string) => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text);
  return {
    step,
    taskId: task.id,
    segmentId,
    attempt: attempt.index,
    kind,
    answerType: task.answerType,
    question: cut(task.question),
    gold: cut(task.answer),
    answer: cut(attempt.answer),
    native: attempt.verdict,
    ...verdicts,
  };
}
