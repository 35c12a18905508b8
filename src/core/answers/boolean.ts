import { type AnswerKind, rightIf } from "./kind.js";

const WORDS: ReadonlyMap<string, boolean> = new Map([
  ["yes", true],
  ["true", true],
  ["no", false],
  ["false", false],
]);

/** Yes or no, true or false, as the whole answer; a reason or a doubt beside it makes it none. */
export const booleanKind: AnswerKind<boolean> = {
  read: (text) => WORDS.get(text.toLowerCase().replace(/[.!]$/, "")) ?? null,
  judge: (gold, given) => rightIf(gold === given),
};
