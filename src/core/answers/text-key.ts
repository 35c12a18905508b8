import { fold } from "../text/normalize.js";
import { readSpelled } from "./cardinal.js";
import { withoutStrokes, withTwoLetters } from "./letters.js";
import { ordinalAt, ordinalEnding } from "./ordinal.js";
import { isInteger } from "./rational.js";
import { withoutCommands } from "./typesetting.js";

/** The comparison keys of a short text. */
export interface TextKeys {
  readonly key: string;
  /** The key with umlauts as two letters: `muller` and `mueller` for `Müller`. */
  readonly twoLetters: string;
}

const SUPERSCRIPT = /[\u2070\u2071\u00b9\u00b2\u00b3\u2074-\u207f\u02b0-\u02b8\u02e0-\u02e4\u1d2c-\u1d6a]+/g;
/** A sign of multiplication between numbers: `6 × 10`, `6 x 10`, `6 \cdot 10`. */
const TIMES = /(?<=\d) ?(?:[x\u00d7*\u00b7\u22c5]|\\(?:times|cdot)(?![a-z])) ?(?=\d)/gi;
const NUMBER_WORD =
  /^(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[a-z]+teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundred|thousand|million|billion|trillion)$/;
const NUMBER_WORD_OR_AND = new RegExp(`${NUMBER_WORD.source}|^and$`);
const MARKS = /\u2122|\u00ae|\u00a9|\ufe0e|\ufe0f/g;
/**
 * Words of a short text: numbers with their sign and point, words with the signs that belong to a
 * name (`c++`, `c#`, `cl-`, `a*`), and signs that stand alone.
 */
const WORD =
  /(?<![\p{L}\p{M}\p{N}])-?\d+(?:\.\d+)?(?![\p{L}\p{M}\p{N}])|[\p{L}\p{M}\p{N}]+(?:[-*]+(?![\p{L}\p{M}\p{N}*-]))?|\^|(?<=\d)!|(?<=[\d.] ?)[/:'"-](?= ?[-\d])|(?<=\d)["'](?!\p{L})|[%#\p{S}]/gu;

/**
 * The comparison keys of a short text. Not compared: case, accents and strokes, white space, a
 * leading article, quotation marks, brackets, and punctuation between words. Compared: signs that
 * belong to a name or a number, superscripts, points and ranges in numbers. `&` is `and`; `5 to 8`
 * is `5-8`; `U. S.` is `US`; a number word is its digits. The key is empty when the text has no
 * word and no sign.
 */
export function textKeys(text: string): TextKeys {
  const plain = plainText(text);
  const key = keyOf(withoutStrokes(fold(plain)));
  const twoLetters = withTwoLetters(plain.toLowerCase());
  return {
    key,
    twoLetters: twoLetters === plain.toLowerCase() ? key : keyOf(withoutStrokes(fold(twoLetters))),
  };
}

/** The comparison key of a short text; see `textKeys`. */
export function textKey(text: string): string {
  return textKeys(text).key;
}

/** True when one text is the other, or spells its umlauts as two letters. */
export function sameText(one: TextKeys, other: TextKeys): boolean {
  return one.key === other.key || one.twoLetters === other.key || one.key === other.twoLetters;
}

function plainText(text: string): string {
  return (
    withoutCommands(text.replace(/(\*\*|__)(?=\S)([^*_]+)(?<=\S)\1/g, "$2"), "")
      .replace(/[\u2032\u02bb\u02bd\u00b4]/g, "'")
      .replace(/\u2033/g, '"')
      .replace(/\u266f/g, "#")
      .replace(/[\u00bc-\u00be\u2150-\u215e]/g, (sign) => ` ${sign.normalize("NFKC").replace("\u2044", "/")}`)
      .replace(/[\u2014\u2015]/g, " ")
      .replace(MARKS, "")
      .replace(TIMES, "\u00d7")
      .replace(/\\([&%$#_{}])/g, "$1")
      .replace(/\\[,;:! ]|~/g, (space) => (space === "~" ? "~" : " "))
      .replace(/\$([^$]+)\$/g, "$1")
      .replace(/\^ ?\{? ?\\circ ?\}?/g, "\u00b0")
      .replace(SUPERSCRIPT, (digits) => `^${digits.normalize("NFKC")}`)
      .replace(/\^ ?\{ ?([^{}]*?) ?\}/g, "^$1")
      .replace(/\^(st|nd|rd|th)\b/g, "$1")
      .replace(/(?<=[\p{L}\p{N})])\*\*(?=-?[\p{L}\d])/gu, "^")
      .replace(/(?<=[\p{L}\p{N}])_(?:\{([\p{L}\p{N}]+)\}|(\d+|\p{L}(?![\p{L}\p{N}])))/gu, "$1$2")
      .replace(/(?<=\d) ?\u00b0(?! ?[CF]\b)/g, " degrees ")
      // The charge of an ion is a sign of its name, in every spelling: Ca²⁺, Ca^{2+}, Ca2+.
      .replace(/(?<=[\p{L}\p{N}])\^(\d?[+\u2212-])(?![\p{L}\d])/gu, "$1")
  );
}

function keyOf(folded: string): string {
  const spelled = /^[a-z -]+$/.test(folded) ? readSpelled(folded.trim()) : null;
  if (spelled !== null && isInteger(spelled.value)) return String(spelled.value.numerator);
  const joined = folded
    .replace(/"([^"]*)"/g, " $1 ")
    .replace(/(?<![\p{L}\p{N}])'([^']*)'(?![\p{L}\p{N}])/gu, " $1 ")
    .replace(/(?<=\d),(?=\d{3}(?!\d))/g, "")
    .replace(/(?<=\d)\s*(?:-|\bto\b)\s*(?=\d)/g, "-")
    .replace(/(?<=[\p{L}\p{M}\p{N}])'(?=\p{L})/gu, "")
    .replace(/&/g, " and ")
    .replace(/\bper ?cent\b/g, "%")
    // `Ph.D.` and `B.Sc.` are one word each.
    .replace(/(?<![\p{L}\p{N}])(?:\p{L}{1,3}\.){2,}/gu, (parts) => `${parts.replaceAll(".", "")} `)
    .replace(
      /(?<![\p{L}\p{N}])(?:\p{L}\.\s?)+\p{L}(?:\.|(?![\p{L}\p{N}'-]))/gu,
      (initials) => `${initials.replace(/[.\s]/g, "")} `,
    );
  const all = joinInitials(withoutArticle(joined.match(WORD) ?? []));
  return withDigits(withOrdinals(all)).join(" ");
}

const ARTICLES = new Set(["a", "an", "the"]);

/** `A B` is a name of two letters, and its first letter is no article. */
function withoutArticle(words: readonly string[]): readonly string[] {
  const [first = "", second = ""] = words;
  if (words.length < 2 || !ARTICLES.has(first)) return words;
  return first === "a" && /^\p{L}$/u.test(second) ? words : words.slice(1);
}

/** `j r r tolkien` is `jrr tolkien`. */
function joinInitials(words: readonly string[]): readonly string[] {
  const joined: string[] = [];
  let open = false;
  for (const word of words) {
    const isLetter = /^\p{L}$/u.test(word);
    if (isLetter && open) joined[joined.length - 1] += word;
    else joined.push(word);
    open = isLetter;
  }
  return joined;
}

function withOrdinals(words: readonly string[]): readonly string[] {
  const out: string[] = [];
  for (let at = 0; at < words.length; ) {
    const ordinal = ordinalAt(words, at);
    out.push(ordinal === null ? (words[at] as string) : `${ordinal.value}${ordinalEnding(ordinal.value)}`);
    at += ordinal?.words ?? 1;
  }
  return out;
}

/** Largest number of words of a number in a text. */
const MAX_NUMBER_WORDS = 8;

/** `two hundred people` is `200 people`. `one` alone is a pronoun and stays. */
function withDigits(words: readonly string[]): readonly string[] {
  const out: string[] = [];
  for (let at = 0; at < words.length; ) {
    const number = numberAt(words, at);
    out.push(number === null ? (words[at] as string) : number.digits);
    at += number?.words ?? 1;
  }
  return out;
}

function numberAt(words: readonly string[], at: number): { digits: string; words: number } | null {
  if (!NUMBER_WORD.test(words[at] as string)) return null;
  let longest = 1;
  while (longest < MAX_NUMBER_WORDS && NUMBER_WORD_OR_AND.test(words[at + longest] ?? "")) longest += 1;
  for (let count = longest; count > 0; count -= 1) {
    const read =
      words[at] === "one" && count === 1 ? null : readSpelled(words.slice(at, at + count).join(" "));
    if (read !== null && isInteger(read.value)) return { digits: String(read.value.numerator), words: count };
  }
  return null;
}
