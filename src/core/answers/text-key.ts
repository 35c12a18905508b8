import { fold } from "../text/normalize.js";
import { readSpelled } from "./cardinal.js";
import { withoutStrokes, withTwoLetters } from "./letters.js";
import { plainText } from "./plain-text.js";
import { isInteger } from "./rational.js";
import { withDigits } from "./word-digits.js";

/** The comparison keys of a short text. */
export interface TextKeys {
  readonly key: string;
  /** The key with umlauts as two letters: `muller` and `mueller` for `Müller`. */
  readonly twoLetters: string;
}

const LETTER = String.raw`[\p{L}\p{M}\p{N}]`;
/** One letter that stands alone: `a` in `a-b`. */
const SINGLE = String.raw`(?<![\p{L}\p{N}])\p{L}`;
/** The words of a short text. An earlier form is preferred to a later form. */
const WORD = new RegExp(
  [
    // A number with its sign and its point.
    String.raw`(?<!${LETTER})-?\d+(?:\.\d+)?(?!${LETTER})`,
    // A word, with the signs that belong to its name: `cl-`, `a*`.
    String.raw`${LETTER}+(?:[-*]+(?![\p{L}\p{M}\p{N}*-]))?`,
    // A minus at the start: `-x`.
    String.raw`(?<=^\s*)-(?=[\p{L}(])`,
    // A factorial: `5!`, `n!`.
    String.raw`(?<=\d|${SINGLE})!`,
    // Signs between single letters: `a - b`, `a/b`.
    String.raw`(?<=${SINGLE} ?)[/-](?= ?\p{L}(?![\p{L}\p{N}]))`,
    // Signs between numbers: `1914-1918`, `3:1`, `1/2`, `5'3`.
    String.raw`(?<=[\d.] ?)[/:'"-](?= ?[-\d])`,
    // A prime behind a number: `5'`.
    String.raw`(?<=\d)["'](?!\p{L})`,
    // Signs that stand alone, such as `%`, `+`, `=`, `$`.
    String.raw`[%#^\p{S}]`,
  ].join("|"),
  "gu",
);

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
    .replace(/(?<=\b[1-4])-(?=d\b)/g, "")
    .replace(/\bper ?cent\b/g, "%")
    // `Ph.D.` and `B.Sc.` are one word each.
    .replace(/(?<![\p{L}\p{N}])(?:\p{L}{1,3}\.){2,}/gu, (parts) => `${parts.replaceAll(".", "")} `)
    .replace(
      /(?<![\p{L}\p{N}])(?:\p{L}\.\s?)+\p{L}(?:\.|(?![\p{L}\p{N}'-]))/gu,
      (initials) => `${initials.replace(/[.\s]/g, "")} `,
    );
  const all = joinInitials(withoutArticle(joined.match(WORD) ?? []));
  return withDigits(all).join(" ");
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
