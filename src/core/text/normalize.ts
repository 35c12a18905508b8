import { cutUnspaced, hasUnspaced } from "./unspaced.js";

/**
 * One place where texts are made comparable. Everything that asks "is this the same wording?"
 * (answers, leaks, duplicates, options, evidence) goes through here, so that two checks never
 * disagree about equality.
 */

const DASHES = /[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]/g;
const SINGLE_QUOTES = /[\u2018\u2019\u201a\u201b\u02bc\u00b4`]/g;
const DOUBLE_QUOTES = /[\u201c\u201d\u201e\u201f\u00ab\u00bb]/g;
/** Zero-width and directional marks: invisible, so they must not make two texts different. */
const INVISIBLE = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]/g;

const ASCII = /^[\0-\x7f]*$/;

/** Accents of Latin letters only: elsewhere marks are vowels or other letters. */
const LATIN_ACCENTS = /(?<=\p{Script=Latin})\p{Mn}+/gu;

/**
 * NFKC, lower case, Latin letters without accents (people and small models drop them: São Tomé =
 * Sao Tome), one kind of dash and quote, no invisible marks. Length may change; whitespace is kept.
 */
export function fold(text: string): string {
  // Unicode forms only concern the rest; most text is ASCII, and this is called for every word
  // compared.
  if (ASCII.test(text)) return text.replaceAll("`", "'").toLowerCase();
  return text
    .normalize("NFKC")
    .normalize("NFD")
    .replace(LATIN_ACCENTS, "")
    .normalize("NFC")
    .replace(INVISIBLE, "")
    .replace(DASHES, "-")
    .replace(SINGLE_QUOTES, "'")
    .replace(DOUBLE_QUOTES, '"')
    .toLowerCase()
    .replace(/ß/g, "ss");
}

/** Whitespace runs become one space; ends are trimmed. */
export function squeeze(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/**
 * Words of a text for comparison. A word is a run of letters, marks and digits; decimal points,
 * minus signs before a number, percent, currency and mathematical signs survive, because they
 * change the meaning. Scripts without spaces between words (Chinese, Japanese, Thai) are cut by the
 * rules of Unicode. Thousands commas vanish (1,234 = 1234), so does a possessive (Chad's = Chad),
 * other apostrophes join (N'Djamena = NDjamena), and other punctuation separates.
 */
export function words(text: string): string[] {
  let joined = fold(text);
  // Most texts have neither, and looking behind every letter is what this function would spend its
  // time on.
  if (joined.includes(",")) joined = joined.replace(/(?<=\d),(?=\d{3}(?!\d))/g, "");
  if (joined.includes("'")) {
    joined = joined
      .replace(/(?<=[\p{L}\p{M}\p{N}])'s(?![\p{L}\p{N}])/gu, "")
      .replace(/(?<=[\p{L}\p{M}\p{N}])'(?=[\p{L}\p{N}])/gu, "");
  }
  const all = joined.match(WORD) ?? [];
  return ASCII.test(joined) || !hasUnspaced(joined) ? all : all.flatMap(cutUnspaced);
}

const WORD = /(?<![\p{L}\p{M}\p{N}])-?\d+(?:\.\d+)?(?![\p{L}\p{M}\p{N}])|[\p{L}\p{M}\p{N}]+|[%#\p{S}]/gu;

const ARTICLES = new Set(["a", "an", "the"]);

/**
 * Comparison key of a short answer: its words, without a leading article. Only a leading one goes:
 * "Hepatitis A" is not "Hepatitis". An answer that is all punctuation has the empty key, and equals
 * nothing.
 */
export function answerKey(text: string): string {
  const all = words(text);
  const first = all[0];
  return (all.length > 1 && first !== undefined && ARTICLES.has(first) ? all.slice(1) : all).join(" ");
}

/**
 * True when `needle`'s words stand next to each other, in order, in `haystack`. False for a needle
 * without words.
 */
export function containsWords(haystack: readonly string[], needle: readonly string[]): boolean {
  if (needle.length === 0) return false;
  const last = haystack.length - needle.length;
  for (let start = 0; start <= last; start += 1) {
    if (needle.every((word, offset) => haystack[start + offset] === word)) return true;
  }
  return false;
}

/**
 * Words that carry grammar rather than content; dropped where two questions are compared for what
 * they ask.
 */
const STOP_WORDS = new Set(
  (
    "a an the of in on at to for from by with and or as is are was were be been being do does did has have had it its this that these " +
    "those there what which who whom whose when where how much many name tell give me s " +
    // Particles and question words of Chinese, Japanese and Thai.
    "的 是 了 在 吗 什么 什麼 谁 誰 哪 哪里 哪个 何 の は が を に で と も か です ます だ である ある いる どこ いつ คือ เป็น ที่ ของ อะไร ใคร ใน และ"
  ).split(" "),
);

/** Words with content, in order. */
export function contentWords(text: string): string[] {
  return words(text).filter((word) => !STOP_WORDS.has(word));
}
