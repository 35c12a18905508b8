import type { Verdict } from "../records/answer.js";
import { answerKey, fold, squeeze } from "../text/normalize.js";

/** Letter of an option: A for index 0, B for index 1, and so on. */
export function optionLetter(index: number): string {
  return String.fromCharCode(65 + index);
}

/**
 * The option that an answer names: a letter (`B`, `(b)`, `B.`), a letter with the text of its own
 * option (`B) Paris`), or the text of exactly one option. Null for all other answers: several
 * letters, an unknown letter, or a letter with the text of another option.
 */
export function readOption(options: readonly string[], answer: string): number | null {
  const trimmed = answer.trim();
  // A leading `!` is a negation, as for texts.
  if (trimmed.startsWith("!")) return null;
  const bare = /^\(?([A-Za-z])\)?[.:)]?$/.exec(trimmed);
  if (bare?.[1] !== undefined) return letterIndex(options, bare[1]);
  const verbatim = uniqueIndex(options.map(literal), literal(trimmed));
  if (verbatim !== null) return verbatim;
  const keys = options.map(answerKey);
  // This comes before the comparison by key, which would read the letter in "A) Paris" as an
  // article.
  const lettered = /^\(?([A-Za-z])(?:[.:)]|\s-)\s*(.+)$/s.exec(trimmed) ?? besideName(options, trimmed);
  if (lettered?.[1] === undefined || lettered[2] === undefined) return uniqueIndex(keys, answerKey(trimmed));
  const index = letterIndex(options, lettered[1]);
  return index !== null && keys[index] === answerKey(lettered[2]) ? index : null;
}

/**
 * Correct when the named option is the gold answer. `options` are in the order shown, which gives
 * the letters.
 */
export function verifyMcq(options: readonly string[], gold: string, answer: string): Verdict {
  const index = readOption(options, answer);
  if (index === null) return "unparsable";
  return answerKey(options[index] as string) === answerKey(gold) ? "correct" : "wrong";
}

/** "A Paris" is a letter and a text. "A river" is an article and a text. */
function besideName(options: readonly string[], text: string): RegExpExecArray | null {
  const match = /^([A-Z])\s+([\p{Lu}\d].*)$/su.exec(text);
  return match?.[1] !== undefined && letterIndex(options, match[1]) !== null ? match : null;
}

function literal(text: string): string {
  return squeeze(fold(text));
}

function letterIndex(options: readonly string[], letter: string): number | null {
  const index = letter.toUpperCase().charCodeAt(0) - 65;
  return index >= 0 && index < options.length ? index : null;
}

function uniqueIndex(keys: readonly string[], key: string): number | null {
  const first = keys.indexOf(key);
  return key !== "" && first >= 0 && first === keys.lastIndexOf(key) ? first : null;
}
