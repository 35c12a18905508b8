import type { Verdict } from "../records/answer.js";
import { answerKey } from "../text/normalize.js";
import type { AnswerKind } from "./kind.js";
import { rightIf } from "./kind.js";

/**
 * Equality of short texts after normalisation (NFKC, case, leading article, punctuation, whitespace). The
 * whole answer must match: a gold inside a longer answer does not count, or listing candidates would pay.
 */
export function verifyString(gold: string, answer: string): Verdict {
  const key = stringKind.read(answer, {});
  return key === null ? "unparsable" : rightIf(key === answerKey(gold));
}

/** A text as its comparison key; aliases are as right as the gold. A leading `!` is a negation, not punctuation. */
export const stringKind: AnswerKind<string> = {
  read(text) {
    const key = /^\s*!/.test(text) ? "" : answerKey(text);
    return key === "" ? null : key;
  },
  judge: (gold, given, { aliases }) =>
    rightIf(gold === given || (aliases?.some((alias) => answerKey(alias) === given) ?? false)),
};
