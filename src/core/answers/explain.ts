import type { AnswerPolicy, AnswerType, Verdict } from "../records/answer.js";
import { readText } from "./kind.js";
import { describeOption } from "./mcq.js";
import { unwrap } from "./surface.js";
import { isVerifiable, kindOf, MAX_ANSWER_LENGTH, type VerifiableTask, verify } from "./verify.js";

/** A verdict, and what the verifier read in both texts. */
export interface Explanation {
  readonly verdict: Verdict;
  /** False when the gold answer cannot be verified by its type and comparison rules. */
  readonly isVerifiable: boolean;
  /** The gold answer as it was read, for people; null when it cannot be read. */
  readonly gold: string | null;
  /** The answer as it was read, for people; null when it cannot be read. */
  readonly answer: string | null;
}

/**
 * The verdict of `verify`, with the readings that it compared. Each type describes its own reading
 * (`AnswerKind.describe`). The reading of a type without a description is its text without
 * typesetting.
 */
export function explain(task: VerifiableTask, answer: string): Explanation {
  const { answerType, answer: gold, shuffled, policy = {} } = task;
  const isListed = answerType !== "mcq" || describeOption(shuffled, gold) !== null;
  return {
    verdict: verify(task, answer),
    isVerifiable: isVerifiable(gold, answerType, policy) && isListed,
    gold: reading(answerType, gold, shuffled, policy),
    answer: reading(answerType, answer, shuffled, policy),
  };
}

function reading(
  type: AnswerType,
  text: string,
  options: readonly string[],
  policy: AnswerPolicy,
): string | null {
  if (text.length > MAX_ANSWER_LENGTH) return null;
  if (type === "mcq") return describeOption(options, unwrap(text));
  const kind = kindOf(type);
  const value = readText(kind, text, policy);
  if (value === null) return null;
  return kind.describe?.(value, policy) ?? unwrap(text);
}
