import type { AnswerPolicy, Verdict } from "../records/answer.js";

/**
 * One answer type: how its texts are read and how a reading is judged against the gold's. Both functions are total and work
 * within fixed bounds. `T` is what a text of this type means.
 */
export interface AnswerKind<T> {
  /** What the text says; null when it is no single answer of this type. */
  read(text: string, policy: AnswerPolicy): T | null;
  judge(gold: T, given: T, policy: AnswerPolicy): Verdict;
  /** Whether the gold can be judged by this policy; absent: whenever it can be read. */
  accepts?(gold: T, policy: AnswerPolicy): boolean;
}

/** The verdict of a comparison of two readings. */
export function rightIf(same: boolean): Verdict {
  return same ? "correct" : "wrong";
}
