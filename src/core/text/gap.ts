/** Stands in the place of the answer in a question that quotes a sentence. */
export const GAP = "___";

/** The kinds of values that a question with a gap can ask for, with the words that ask. */
const ASKED = {
  year: "Which year completes",
  month: "Which month and year completes",
  day: "Which date completes",
  percent: "Which percentage completes",
  quantity: "Which quantity completes",
  number: "Which number completes",
  name: "Which name completes",
  word: "Which word completes",
  words: "Which words complete",
} as const;
export type GapKind = keyof typeof ASKED;

/**
 * The question for a value of a sentence, for example
 * `Which year completes "Debian was announced by Ian Murdock in ___."?`
 *
 * @param start place of the value in the sentence, in UTF-16 code units
 * @param end place behind the value
 */
export function gapQuestion(kind: GapKind, sentence: string, start: number, end: number): string {
  return `${ASKED[kind]} "${sentence.slice(0, start)}${GAP}${sentence.slice(end)}"?`;
}

const QUOTED = /\bcompletes? "(.*)"\s*\?$/s;
/** A model does not always write the same number of underscores. */
const GAPS = /_{2,}/;

/**
 * The sentence that a question quotes, with the answer in its gap. Null when the question is not of
 * this form.
 */
export function filledGap(question: string, answer: string): string | null {
  const quoted = QUOTED.exec(question)?.[1];
  return quoted !== undefined && GAPS.test(quoted) ? quoted.replace(GAPS, () => answer) : null;
}
