import type { AnswerPolicy } from "../records/answer.js";
import { CURRENCY_BEFORE } from "./currencies.js";
import { type Numeral, readNumeral } from "./numeral.js";
import { plainNumeral, withoutCommands } from "./typesetting.js";

/** A number, and the text of the unit beside it. */
export interface SplitQuantity {
  readonly number: Numeral;
  /** The number as it is written. */
  readonly digits: string;
  /** Empty for a bare number. A currency before the number comes first. */
  readonly unit: string;
}

const POWER = String.raw`10 ?\^ ?\{? ?[+-]?\d{1,3} ?\}?`;
const NUMBER = new RegExp(
  String.raw`^[+-]? ?(?:${POWER}|(?:\d['_](?=\d{3})|\d[., ]+(?=\d)|\d)*\d|[.,]\d+)` +
    String.raw`(?: ?(?:[x\u00d7*]|\\times|\\cdot) ?${POWER}|[eE][+-]?\d{1,3}(?![\p{L}\d]))?(?: ?\/ ?\d+)?`,
  "u",
);
const SCALE = /^(?:[ -]?(?:hundred|thousand|million|billion|trillion)\b)*/i;
/** Short scale words, which are read behind money only: `$5bn`. */
const SHORT_SCALES: readonly (readonly [RegExp, string])[] = [
  [/^ ?(?:bn|b)\b/i, "billion"],
  [/^ ?(?:mn|mln|m)\b/i, "million"],
  [/^ ?(?:tn|trn)\b/i, "trillion"],
  [/^ ?k\b/i, "thousand"],
];
/** Largest number of words of a spelled number. */
const MAX_WORDS = 9;

/**
 * A quantity as plain text: no LaTeX, one kind of dash and degree sign, feet and inches as words
 * (`5'3"` is `5 ft 3 in`), hours and minutes as words (`1h 30m`), and parts of an angle.
 */
export function plainQuantity(text: string): string {
  const plain = plainNumeral(withoutCommands(text))
    .replace(/\\(?:SI|qty) ?\{([^{}]*)\} ?\{([^{}]*)\}/g, "$1 $2")
    .replace(/\\[dt]?frac ?\{ ?(\p{L}[^{}]*)\} ?\{ ?(\p{L}[^{}]*)\}/gu, "$1/($2)")
    .replace(/(?<=[\d }])~(?=\p{L})/gu, " ")
    .replace(/^half (?:an? )?(?=\p{L})/iu, "1/2 ")
    .replace(/(?<=\d) ?\\(?:[dtc]?frac|nicefrac|sfrac) ?\{(\d{1,9})\} ?\{(\d{1,9})\}/g, " $1/$2")
    .replace(/^(-?)\\(?:[dtc]?frac|nicefrac|sfrac) ?\{(\d{1,9})\} ?\{(\d{1,9})\}/g, "$1$2/$3")
    .replace(/\^ ?\{? ?\\(?:circ|degree) ?\}?|\\degree\b|\u00ba/g, "\u00b0")
    .replace(/\\(?:Omega|ohm)\b/g, "\u03a9")
    .replace(/\\mu ?/g, "\u03bc")
    .replace(/\\(?=[%$])/g, "")
    .replace(/\\(?:cdot|times) ?(?=\p{L})/gu, "\u00b7")
    .replace(/(?<=[^\d.,])[.,;]$/, "");
  return inWords(plain)
    .replace(/\s+(?=\^)|\s+$|^\s+/g, "")
    .replace(/\s+/g, " ");
}

function inWords(text: string): string {
  return text
    .replace(
      /(\d) ?\u00b0 ?(\d{1,2}) ?['\u2019\u2032](?: ?(\d{1,2}(?:\.\d+)?) ?(?:''|["\u201d\u2033]))?/g,
      angle,
    )
    .replace(/(\d) ?(?:''|["\u201d\u2033])/g, "$1 in")
    .replace(/(\d) ?['\u2019\u2032] ?(\d{1,2}(?:\.\d+)?)$/, "$1 ft $2 in")
    .replace(/(\d) ?['\u2019\u2032](?!\d{3})[ -]?/g, "$1 ft ")
    .replace(/(\d ?h(?:ours?|rs?)?\.?,? ?\d{1,2} ?)m(?![\p{L}\d/^])/giu, "$1min")
    .replace(/(\d ?h) ?(?=\d)/g, "$1 ")
    .replace(/(?<=[\p{L}.]),? and (?=\d)/gu, " ");
}

function angle(_: string, degrees: string, minutes: string, seconds?: string): string {
  return `${degrees}\u00b0 ${minutes} arcmin${seconds === undefined ? "" : ` ${seconds} arcsec`}`;
}

/**
 * Splits a text of `plainQuantity` into its number and its unit. Null when the text begins with no
 * number. The unit is not read here.
 */
export function splitQuantity(plain: string, policy: AnswerPolicy): SplitQuantity | null {
  const currency = CURRENCY_BEFORE.exec(plain);
  if (currency === null) return split(plain, policy, false);
  const behind = split(`${currency[1]}${plain.slice(currency[0].length).trimStart()}`, policy, true);
  if (behind === null) return null;
  // `$5 USD` names its currency twice.
  const [sign, rest] = [(currency[2] ?? "").replace(".", "").trim(), behind.unit];
  const twice = sign === "$" && /^(?:[A-Z]{3}|(?:US )?dollars?)$/.test(rest);
  return { ...behind, unit: twice ? rest : `${sign} ${rest}`.trim() };
}

function split(text: string, policy: AnswerPolicy, isMoney: boolean): SplitQuantity | null {
  const digits = NUMBER.exec(text)?.[0];
  if (digits === undefined) return splitWords(text, policy);
  const behind = text.slice(digits.length);
  const short = isMoney ? SHORT_SCALES.find(([mark]) => mark.test(behind)) : undefined;
  const scale = short === undefined ? (SCALE.exec(behind)?.[0] ?? "") : (short[0].exec(behind)?.[0] ?? "");
  const number = readNumeral(digits + (short === undefined ? scale : ` ${short[1]}`), policy);
  return number === null ? null : { number, digits, unit: behind.slice(scale.length).trim() };
}

/** Splits off the longest beginning that is a number: `five hundred metres`, `minus 40 °C`. */
function splitWords(text: string, policy: AnswerPolicy): SplitQuantity | null {
  const words = text.split(" ");
  for (let count = Math.min(MAX_WORDS, words.length); count > 0; count -= 1) {
    const digits = words.slice(0, count).join(" ");
    const number = readNumeral(digits, policy);
    if (number !== null && !number.percent) return { number, digits, unit: words.slice(count).join(" ") };
  }
  return null;
}
