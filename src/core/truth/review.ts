import type { AnswerType, Verdict } from "../records/answer.js";
import type { VerifiedAnswer } from "./opinion.js";

/** One line of a run's review.jsonl: a verdict that people should look at. */
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
  /** Of the typed rules. */
  readonly native: Verdict;
  /** Of the one that disagrees. */
  readonly second: "correct" | "wrong";
  readonly by: "math-verify" | "judge";
  /** Which verdict the reward was made of. */
  readonly rewarded: "native" | "second";
}

/** Longest text of a record, in code units; a question may be long, and a file is read by people. */
const MAX_TEXT = 2000;

/** A record of a disagreement, its texts cut to a readable length. */
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
