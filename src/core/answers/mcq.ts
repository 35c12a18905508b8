import type { Verdict } from "../episode.js";
import { answerKey } from "../normalise.js";

/** Letter of the n-th option: A, B, C, ... */
export function optionLetter(index: number): string {
  return String.fromCharCode(65 + index);
}

/**
 * Which option an answer names: a letter (`B`, `(b)`, `B.`), a letter with its own option's text (`B) Paris`), or the text of exactly
 * one option. Null for anything else: several letters, an unknown letter, a letter beside another option's text.
 */
export function readOption(options: readonly string[], answer: string): number | null {
  const trimmed = answer.trim();
  const bare = /^\(?([A-Za-z])\)?[.:)]?$/.exec(trimmed);
  if (bare?.[1] !== undefined) return letterIndex(options, bare[1]);
  const keys = options.map(answerKey);
  const whole = uniqueIndex(keys, answerKey(trimmed));
  if (whole !== null) return whole;
  const lettered = /^\(?([A-Za-z])(?:[.:)]|\s-)\s*(.+)$/s.exec(trimmed);
  if (lettered?.[1] === undefined || lettered[2] === undefined) return null;
  const index = letterIndex(options, lettered[1]);
  return index !== null && keys[index] === answerKey(lettered[2]) ? index : null;
}

/** Right when the named option is the gold one. `options` are in the order shown, which gives the letters. */
export function verifyMcq(options: readonly string[], gold: string, answer: string): Verdict {
  const index = readOption(options, answer);
  if (index === null) return "unparsable";
  return answerKey(options[index] as string) === answerKey(gold) ? "correct" : "wrong";
}

function letterIndex(options: readonly string[], letter: string): number | null {
  const index = letter.toUpperCase().charCodeAt(0) - 65;
  return index >= 0 && index < options.length ? index : null;
}

function uniqueIndex(keys: readonly string[], key: string): number | null {
  const first = keys.indexOf(key);
  return key !== "" && first >= 0 && first === keys.lastIndexOf(key) ? first : null;
}
