import { fold } from "./normalize.js";
import { anyWord, definePatterns, matchesAny } from "./patterns.js";

/**
 * Words that rank. Before a singular noun they pick one of several, before a plural they pick none.
 */
const RANKING =
  "main mainly major primary principal chief top largest biggest greatest highest lowest smallest longest shortest best leading predominant";

const RANKED = new RegExp(
  `${anyWord(RANKING).source}(?: [\\p{L}\\p{N}-]+){0,2} [\\p{L}-]+(?:[^s\\P{L}]s)\\b`,
  "u",
);

/** A rank before a plural: `the main exports`. */
export const RANKED_PLURAL = definePatterns(fold, [
  {
    name: "rank before a plural",
    pattern: RANKED,
    matches: ["What are the main exports of Chad?", "Which are the three largest lakes of Chad?"],
    spares: ["What is the main export of Chad?", "Which exports does Chad have?"],
  },
]);

/** Words that pick one of several. */
export const PICKING = definePatterns(fold, [
  {
    name: "rank",
    pattern: anyWord(`${RANKING} majority most mostly`),
    matches: ["What is the largest city of Chad?", "What do most people in Chad speak?"],
    spares: ["What is the capital of Chad?", "Which almost dry lake lies in Chad?"],
  },
  {
    name: "place in a sequence",
    pattern: anyWord("first second third last latest earliest newest oldest"),
    matches: ["What is the first language of Chad?", "Which is the oldest university of Mali?"],
    spares: ["Which lasting peace followed?", "What is the language of Chad?"],
  },
  {
    name: "the official or the only",
    pattern: anyWord("official only"),
    matches: ["What is the official language of Chad?", "Which is the only river of Chad?"],
    spares: ["Who are the officials of Chad?", "What is the language of Chad?"],
  },
  {
    name: "an example",
    pattern: /\b(?:one of|example|name an?)\b/,
    matches: ["Give an example of a language of Chad.", "Name a river of Chad."],
    spares: ["What is the name of the river?", "Which languages are spoken in Chad?"],
  },
  {
    name: "without another",
    pattern: /\b(?:not|except|besides|other than|apart from|in addition)\b/,
    matches: ["Which language besides Arabic is spoken in Chad?", "Which city is not on the river?"],
    spares: ["Which other language is spoken in Chad?", "Which note did the singer miss?"],
  },
]);

/**
 * Whether the question's words pick one of several (`the largest city`, `an example`): then one
 * item of a list may be the only answer.
 */
export function picksOne(question: string): boolean {
  return matchesAny(PICKING, fold(question).replace(RANKED, ""));
}
