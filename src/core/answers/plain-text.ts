import { withoutCommands } from "./typesetting.js";

const SUPERSCRIPT = /[\u2070\u2071\u00b9\u00b2\u00b3\u2074-\u207f\u02b0-\u02b8\u02e0-\u02e4\u1d2c-\u1d6a]+/g;
/** A sign of multiplication between numbers: `6 × 10`, `6 x 10`, `6 \cdot 10`. */
const TIMES = /(?<=\d) ?(?:[x\u00d7*\u00b7\u22c5]|\\(?:times|cdot)(?![a-z])) ?(?=\d)/gi;
const MARKS = /\u2122|\u00ae|\u00a9|\ufe0e|\ufe0f/g;

/**
 * A short text without typesetting, in which signs keep their meaning: superscripts are `^` and
 * digits (`10⁸` is `10^8`), subscripts are digits (`H_2O` is `H2O`), primes are quotation marks, a
 * degree sign is a word, and Markdown and LaTeX commands are gone.
 */
export function plainText(text: string): string {
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
      .replace(/\\[,;:! ]/g, " ")
      .replace(/\$([^$]+)\$(?!\d)/g, "$1")
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
