import { detectAll } from "tinyld";
import { LABELLED } from "../../core/corpus/passages.js";

/** The language of a text whose language is not known. */
export const UNKNOWN_LANGUAGE = "unknown";

/** Characters of a text that are looked at. More make no difference and take longer. */
const SAMPLE = 800;
/** Least characters of a sample. A shorter text can be of any language. */
const LEAST = 40;
/** Least certainty, from 0 to 1. Below it, names and code decide more than the language does. */
const CERTAIN = 0.5;
/** Languages that the library takes names and abbreviations for. */
const UNLIKELY = new Set(["tlh", "ber", "vo", "eo", "rn", "tl", "la"]);

/** A word with its punctuation. Code, numbers, addresses and signs of tables are none. */
const WORD = /^["'(\u00ab\u201c\u2018]*[\p{L}\p{M}'\u2019-]+[.,;:!?)"\u00bb\u201d\u2019\u2026]*$/u;
/** A letter of another script. Such a token can be a whole sentence. */
const NOT_LATIN = /[^\P{L}\p{Script=Latin}]/u;

/**
 * The language tag of a text; `unknown` when the text is short or the language is in doubt. Names
 * and numbers of a card are of any language, so a card of lines `Label: value` is `unknown` too.
 */
export function detectLanguage(text: string): string {
  if (text.split("\n").every((line) => LABELLED.test(line))) return UNKNOWN_LANGUAGE;
  const sample = wordsOf(text.slice(0, 4 * SAMPLE)).slice(0, SAMPLE);
  const isShort = sample.length < LEAST && !(NOT_LATIN.test(sample) && sample.length >= LEAST / 2);
  if (isShort) return UNKNOWN_LANGUAGE;
  const first = detectAll(sample)[0];
  if (first === undefined || first.accuracy < CERTAIN || UNLIKELY.has(first.lang)) return UNKNOWN_LANGUAGE;
  return first.lang;
}

function wordsOf(text: string): string {
  return text
    .split("\n")
    .map((line) =>
      line
        .split(/\s+/)
        .filter((token) => WORD.test(token) || NOT_LATIN.test(token))
        .join(" "),
    )
    .filter((line) => line !== "")
    .join("\n");
}
