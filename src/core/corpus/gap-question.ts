import { type GapKind, gapQuestion } from "../text/gap.js";
import { words } from "../text/normalize.js";
import { findSpans } from "../text/spans.js";
import { type StatedValue, statedValues } from "./values.js";

/** What a question with a gap asks for when the answer is this value. */
export function gapKindOf({ type, form, text }: StatedValue): GapKind {
  if (type === "date") return form as "year" | "month" | "day";
  if (type === "quantity") return form === "percent" ? "percent" : "quantity";
  if (type === "definition") return wordsKind(text);
  return type;
}

/**
 * The question that quotes a sentence with a gap in each place of the answer, for example
 * `Which year completes "Debian was announced by Ian Murdock in ___."?` An answer that is no date,
 * quantity, number or name is asked for as a word or as words.
 *
 * @returns null when the sentence does not contain the answer
 */
export function questionWithGap(sentence: string, answer: string): string | null {
  const places = findSpans(sentence, answer);
  const [first] = places;
  if (first === undefined) return null;
  const value = statedValues(sentence).find(({ start, end }) => start === first.start && end === first.end);
  const kind = value === undefined ? wordsKind(answer) : gapKindOf(value);
  return gapQuestion(kind, sentence, places);
}

function wordsKind(text: string): GapKind {
  return words(text).length === 1 ? "word" : "words";
}
