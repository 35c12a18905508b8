import { murmur128 } from "../murmur.js";
import { answerKey, contentWords, words } from "../normalise.js";
import { withDigits } from "./numbers.js";
import { root } from "./stems.js";

/** What a question asks, as sets of 32-bit hashes, each sorted and without repeats. */
export interface Features {
  /** Roots of its words with content, and, with an answer, the answer as a whole. */
  readonly all: Uint32Array;
  /** Those that are names or numbers: questions of one template about different things differ in these alone. */
  readonly decisive: Uint32Array;
}

/** Longer questions are cut, in words: a bound on memory that no real question reaches. */
const MAX_WORDS = 256;

/** @param answer empty when the answer is not to be compared */
export function featuresOf(question: string, answer: string): Features {
  const names = question
    .split(/(?<=[.?!])\s+/)
    .flatMap((sentence) =>
      sentence
        .split(/\s+/)
        .slice(1)
        .filter((word) => /^\P{L}*\p{Lu}|\d/u.test(word)),
    )
    .join(" ");
  const decisive = hashes(names);
  const key = answerKey(answer);
  const whole = key === "" ? [] : [murmur128(`= ${key}`)[0]];
  return { all: sorted([...hashes(question), ...decisive, ...whole]), decisive: sorted(decisive) };
}

function hashes(text: string): number[] {
  return withDigits(words(contentWords(text).slice(0, MAX_WORDS).join(" "))).map(
    (word) => murmur128(root(word))[0],
  );
}

function sorted(values: readonly number[]): Uint32Array {
  return Uint32Array.from(new Set(values)).sort();
}
