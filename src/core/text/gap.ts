import type { Span } from "./spans.js";

/** Stands in each place of the answer in a question that quotes a sentence. */
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
 * @param places where the value stands in the sentence, in order
 */
export function gapQuestion(kind: GapKind, sentence: string, places: readonly Span[]): string {
  let quoted = "";
  let from = 0;
  for (const { start, end } of places) {
    quoted += sentence.slice(from, start) + GAP;
    from = end;
  }
  return `${ASKED[kind]} "${quoted}${sentence.slice(from)}"?`;
}

const QUOTED = /\bcompletes? "(.*)"\s*\?$/s;
/** The gaps that the program writes. Names of programs, as `__init__`, have other numbers. */
const WRITTEN = /(?<!_)___(?!_)/g;
/** A model does not always write the same number of underscores. */
const OTHER = /_{2,}/;

/**
 * The sentence that a question quotes, with the answer in its gaps. Null when the question is not
 * of this form.
 */
export function filledGap(question: string, answer: string): string | null {
  const quoted = QUOTED.exec(question)?.[1];
  if (quoted === undefined) return null;
  const gaps = [WRITTEN, OTHER].find((pattern) => quoted.search(pattern) >= 0);
  return gaps === undefined ? null : quoted.replace(gaps, () => answer);
}
