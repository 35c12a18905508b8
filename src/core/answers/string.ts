import type { Verdict } from "../records/answer.js";
import { answerKey } from "../text/normalize.js";
import type { AnswerKind } from "./kind.js";
import { rightIf } from "./kind.js";

/**
 * Compares short texts after normalization (NFKC, case, leading article, punctuation, white space).
 * The whole answer must be equal. A gold answer inside a longer answer does not count, because a
 * list of candidates would then be right.
 */
export function verifyString(gold: string, answer: string): Verdict {
  const key = stringKind.read(answer, {});
  return key === null ? "unparsable" : rightIf(key === answerKey(gold));
}

/**
 * Reads a text as its comparison key. Aliases are as right as the gold answer. A leading `!` is a
 * negation, not punctuation.
 */
export const stringKind: AnswerKind<string> = {
  read(text) {
    const key = /^\s*!/.test(text) ? "" : answerKey(text);
    return key === "" ? null : key;
  },
  compare: (gold, given, { aliases }) =>
    rightIf(gold === given || (aliases?.some((alias) => answerKey(alias) === given) ?? false)),
};
