import { murmur128 } from "../../random/murmur.js";
import { answerKey, contentWords } from "../normalize.js";
import { withDigits } from "../numbers.js";
import { singular } from "../stems.js";

/** What a question asks, as sets of 32-bit hashes, each sorted and without repeats. */
export interface Features {
  /** Its words with content, singular, and, with an answer, the answer as a whole. */
  readonly all: Uint32Array;
  /**
   * Those that are names or numbers: questions of one template about different things differ in
   * these alone.
   */
  readonly decisive: Uint32Array;
}

/** Words that frame a question and ask nothing. */
const FRAME = new Set(
  "you your know can could please kindly i me my would like want wish say state list identify determine exactly".split(
    " ",
  ),
);

/** Longer questions are cut, in words: a bound on memory that no real question reaches. */
const MAX_WORDS = 256;

/**
 * Without a word that asks something there is nothing to compare, and both sets are empty.
 *
 * @param answer empty when the answer is not to be compared
 */
export function featuresOf(question: string, answer: string): Features {
  const decisive = hashes(namesIn(question));
  const asked = [...hashes(question), ...decisive];
  const key = answerKey(answer);
  const whole = asked.length === 0 || key === "" ? [] : [murmur128(`= ${key}`)[0]];
  return { all: sorted([...asked, ...whole]), decisive: sorted(decisive) };
}

/**
 * The names and numbers of a question: words with a capital behind the first of a sentence, and
 * words with digits.
 */
export function namesIn(question: string): string {
  return question
    .split(/(?<=[.?!])\s+/)
    .flatMap((sentence) =>
      sentence
        .split(/\s+/)
        .slice(1)
        .filter((word) => /^\P{L}*\p{Lu}|\d/u.test(word)),
    )
    .join(" ");
}

function hashes(text: string): number[] {
  const asking = contentWords(text).filter((word) => !FRAME.has(word));
  return withDigits(asking.slice(0, MAX_WORDS)).map((word) => murmur128(singular(word))[0]);
}

function sorted(values: readonly number[]): Uint32Array {
  return Uint32Array.from(new Set(values)).sort();
}
