import type { Verdict } from "../records/answer.js";
import type { AnswerKind } from "./kind.js";
import { rightIf } from "./kind.js";
import { sameText, type TextKeys, textKeys } from "./text-key.js";

/**
 * Compares short texts by their keys (`textKeys`). The whole answer must be equal. A gold answer
 * inside a longer answer does not count, because a list of candidates would then be right.
 */
export function verifyString(gold: string, answer: string): Verdict {
  const given = stringKind.read(answer, {});
  return given === null ? "unparsable" : rightIf(sameText(textKeys(gold), given));
}

/**
 * Reads a text as its comparison keys. Aliases are as right as the gold answer. A leading `!` is a
 * negation, not punctuation.
 */
export const stringKind: AnswerKind<TextKeys> = {
  read(text) {
    if (/^\s*!/.test(text)) return null;
    const keys = textKeys(text);
    return keys.key === "" ? null : keys;
  },
  compare: (gold, given, { aliases }) =>
    rightIf(sameText(gold, given) || (aliases?.some((alias) => sameText(textKeys(alias), given)) ?? false)),
  describe: ({ key, twoLetters }) => (key === twoLetters ? key : `${key}, or ${twoLetters}`),
};
