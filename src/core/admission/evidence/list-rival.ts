import type { Candidate } from "../../records/task.js";
import { answerKey, contentWords, fold, words } from "../../text/normalize.js";
import { numbersOf } from "../../text/numbers.js";
import { definePatterns, matchesAny } from "../../text/patterns.js";
import { picksOne } from "../../text/picks.js";
import { root } from "../../text/stems.js";
import { itemsOf } from "./statements.js";

/** A label in front of the list. */
const LABELLED_START = /^[^:\n]{2,48}: /;

/** Words at the beginning or end of a part of a sentence that is no item of a list. */
export const NO_ITEM = definePatterns(fold, [
  {
    name: "part of a sentence",
    pattern:
      /^(?:in|on|at|by|for|from|to|with|of|as|after|before|since|during|until|under|upon|while|when|where|which|who|whose|that|because|although|though|if|however|therefore|moreover|thus|then|both|either|it|its|he|she|his|her|they|their|this|these|those|there|also|including|such|especially|known|called|named|born|is|are|was|were|has|have|had|being|according|not|but|followed|based|located)\b|\b(?:in|on|at|by|for|from|to|with|of|is|are|was|were|has|had|be|been|which|that|who|the|a|an)$/,
    matches: ["In 1967", "settled in", "known as the MAC"],
    spares: ["French", "crude oil"],
  },
]);

/**
 * Another item of a list that answers the question as well as the answer does, quoted. Null when
 * the answer is no item of a list, when a word of the question picks it, or when there are options.
 *
 * @param statement the line or sentence that is the evidence
 */
export function listItem({ question, answer, options }: Candidate, statement: string): string | null {
  if (options.length > 0) return null;
  const items = itemsOf(statement);
  if (items.length < 2 || numbersOf(words(answer)).length > 0) return null;
  const key = answerKey(answer);
  const own = items.find((item) => answerKey(item) === key);
  if (own === undefined || picksOne(question)) return null;
  const asked = new Set(contentWords(question).map(root));
  const others = items.filter((item) => item !== own);
  // A question that mentions another item asks for what is left, or for how the two relate.
  if (others.some((item) => contentWords(item).every((word) => asked.has(root(word))))) return null;
  const labelled = LABELLED_START.test(statement);
  const rival = others.find((item) => isRival(item, answer, asked, labelled));
  return rival === undefined ? null : `"${rival}"`;
}

/**
 * Whether an item of the list answers the question as well as the answer does. It must be of the
 * kind of the answer: a name for a name, without digits, about as long, and no part of a sentence
 * (`In 1967`, `his successor`). Words of the question say what the list is about and are in no
 * item; a word of the question in the answer alone picks the answer.
 */
function isRival(item: string, answer: string, asked: ReadonlySet<string>, labelled: boolean): boolean {
  if (!/\p{L}/u.test(item) || !countsAlike(item, answer)) return false;
  if (labelled) return true;
  if (/\d/.test(item) || matchesAny(NO_ITEM, NO_ITEM.prepare(item))) return false;
  if (isName(item) !== isName(answer)) return false;
  const has = (text: string) => contentWords(text).some((word) => asked.has(root(word)));
  return !has(item) && !has(answer);
}

/** A capital at the beginning of every word but the small ones. */
function isName(text: string): boolean {
  const parts = text.replace(/^(?:the|a|an)\s/i, "").split(/\s+/);
  return /^\P{L}*\p{Lu}/u.test(parts[0] ?? "") && /^\P{L}*\p{Lu}/u.test(parts.at(-1) ?? "");
}

/** Items of a list have about the same length; a clause behind a comma has not. */
function countsAlike(item: string, answer: string): boolean {
  return words(item).length <= words(answer).length + 2;
}
