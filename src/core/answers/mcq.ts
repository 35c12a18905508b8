import type { Verdict } from "../records/answer.js";
import { fold, squeeze } from "../text/normalize.js";
import { unwrap } from "./surface.js";
import { textKey } from "./text-key.js";
import { withoutCommands } from "./typesetting.js";

/** Words before a letter or a text that say nothing else. */
const LEAD =
  /^(?:(?:so|thus|hence|therefore),? )?(?:i (?:choose|pick|select) |(?:the |my )?(?:(?:correct|final|right|best) )?(?:answer|choice|option)(?: is)?(?::|(?<= is)|(?= ?[([]))\s*)(?=\S)/i;
/** `Option B`, `choice (B)`. */
const NAMED = /^(?:option|choice|answer)\s+(?=[([]?[A-Za-z][)\].:]*(?:$|[\s,-]))/i;
/** Words behind a letter or a text that say nothing else. */
const TAIL = /(?<=\S)\s+is (?:the )?(?:correct|right)(?: (?:answer|option|choice))?\.?$/i;
/** A letter alone: `B`, `(b)`, `[B]`, `{B}`, `B.`, `B)`. */
const LETTER = /^[([{<]?([A-Za-z])(?:[)\]}>]|\.)?[.:,)]?$/;
/** A letter, a mark and a text: `B) Paris`, `(B) Paris`, `B: Paris`, `B - Paris`. */
const LETTERED = /^[([{]?([A-Za-z])(?:[.:,)\]}]{1,2}|\s*[\u2013\u2014]|\s-)\s*(.+)$/s;
/** A letter, and its text in brackets: `B (Paris)`. */
const TEXT_BEHIND = /^[([{]?([A-Za-z])[)\]}]?\s*\((.+)\)\.?$/s;
/** A text, and its letter in brackets behind it: `Paris (B)`. */
const LETTER_BEHIND = /^(.+?)\s*\((?:option |choice )?([A-Za-z])\)\.?$/is;

/** Wide letters and brackets, as East Asian keyboards write them. */
const WIDE = /[\uff08\uff09\uff21-\uff3a\uff41-\uff5a]/g;

/** Letter of an option: A for index 0, B for index 1, and so on. */
export function optionLetter(index: number): string {
  return String.fromCharCode(65 + index);
}

/**
 * The option that an answer names: a letter (`B`, `(b)`, `[B]`, `Option B`), a letter with the text
 * of its own option (`B) Paris`, `\textbf{(B)}\ Paris`), or the text of exactly one option. `The
 * answer is` may stand before it. Null for all other answers: several letters, an unknown letter,
 * or a letter with the text of another option.
 */
export function readOption(options: readonly string[], answer: string): number | null {
  const trimmed = answer.trim();
  // A leading `!` is a negation, as for texts.
  if (trimmed.startsWith("!")) return null;
  const exact = verbatim(options, trimmed);
  if (exact !== null && !LETTER.test(trimmed)) return exact;
  const plain = unwrap(plainAnswer(trimmed).replace(LEAD, "").replace(TAIL, ""));
  return named(options, plain.replace(NAMED, "")) ?? (NAMED.test(plain) ? named(options, plain) : null);
}

/**
 * Correct when the named option is the gold answer. `options` are in the order shown, which gives
 * the letters.
 */
export function verifyMcq(options: readonly string[], gold: string, answer: string): Verdict {
  const index = readOption(options, answer);
  if (index === null) return "unparsable";
  return textKey(options[index] as string) === textKey(gold) ? "correct" : "wrong";
}

/** The option that an answer names, for people: `B) Paris`. Null when it names none. */
export function describeOption(options: readonly string[], answer: string): string | null {
  const index = readOption(options, answer);
  return index === null ? null : `${optionLetter(index)}) ${options[index]}`;
}

function named(options: readonly string[], text: string): number | null {
  const bare = LETTER.exec(text);
  if (bare?.[1] !== undefined) return letterIndex(options, bare[1]);
  const exact = verbatim(options, text);
  if (exact !== null) return exact;
  const keys = options.map(textKey);
  // This comes before the comparison by key, which would read the letter in "A) Paris" as an
  // article.
  const lettered =
    TEXT_BEHIND.exec(text) ?? LETTERED.exec(text) ?? besideName(options, text) ?? letterBehind(options, text);
  if (lettered?.[1] === undefined || lettered[2] === undefined) {
    // In "A, Paris" the letter is no article.
    return /^a(?![\p{L}\p{N}])(?!\s+[\p{L}\p{N}])/iu.test(text) ? null : uniqueIndex(keys, textKey(text));
  }
  const index = letterIndex(options, lettered[1]);
  return index !== null && keys[index] === textKey(unwrap(lettered[2])) ? index : null;
}

/** An answer without typesetting: `\textbf{(B)}\ Paris` is `(B) Paris`. */
function plainAnswer(text: string): string {
  const plain = /[\\*$]/.test(text)
    ? withoutCommands(text, " ")
        .replace(/\\[ ,;:]|\\(?:q?quad)\b/g, " ")
        .replace(/\*\*([^*]+)\*\*/g, "$1")
        .replace(/\$([^$]+)\$/g, "$1")
    : text;
  return squeeze(plain).replace(WIDE, (letter) => letter.normalize("NFKC"));
}

/** "A Paris" is a letter and a text. "A river" is an article and a text. */
function besideName(options: readonly string[], text: string): readonly (string | undefined)[] | null {
  const match = /^([A-Z])\s+([\p{Lu}\d].*)$/su.exec(text);
  return match?.[1] !== undefined && letterIndex(options, match[1]) !== null ? match : null;
}

function letterBehind(options: readonly string[], text: string): readonly (string | undefined)[] | null {
  const match = LETTER_BEHIND.exec(text);
  if (match?.[2] === undefined || letterIndex(options, match[2]) === null) return null;
  return [match[0], match[2], match[1]];
}

/** The option with this text. Folding makes `10⁸` the digits 108, so the keys must agree too. */
function verbatim(options: readonly string[], text: string): number | null {
  const index = uniqueIndex(options.map(literal), literal(text));
  return index !== null && textKey(options[index] as string) === textKey(text) ? index : null;
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
