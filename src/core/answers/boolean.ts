import { type AnswerKind, rightIf } from "./kind.js";

const WORDS: ReadonlyMap<string, boolean> = new Map([
  ["yes", true],
  ["true", true],
  ["no", false],
  ["false", false],
]);

/**
 * Yes or no, true or false, as the whole answer. An answer with a reason or a doubt is no boolean.
 */
export const booleanKind: AnswerKind<boolean> = {
  read: (text) => WORDS.get(text.toLowerCase().replace(/[.!]$/, "")) ?? null,
  compare: (gold, given) => rightIf(gold === given),
};
