import type { AnswerPolicy } from "../records/answer.js";
import { numberFromWords } from "../text/number-words.js";
import { divide, multiply, parseRational, type Rational, rational } from "./rational.js";
import { knownUnit, type Unit } from "./units.js";

/** Unit names of several words, and other spellings, as the one word in the table of units. */
const PHRASES: readonly (readonly [RegExp, string])[] = [
  [/\bnautical miles?\b/gi, "nautical-mile"],
  [/\blight[- ]years?\b/gi, "light-year"],
  [/\bastronomical units?\b/gi, "astronomical-unit"],
  [/\b(metric|short|long) tons?\b/gi, "$1-ton"],
  [/\b((?:kilo|mega|giga|tera)?watt)[- ]hours?\b/gi, "$1-hour"],
  [/\b(?:US|U\.S\.) dollars?\b/g, "us-dollar"],
  [/\b(Canadian|Australian) dollars?\b/gi, "$1-dollar"],
  [/\bSwiss francs?\b/gi, "swiss-franc"],
  [/\b(?:British pounds?|pounds? sterling)\b/gi, "sterling"],
  [/\belectron volts?\b/gi, "electron-volt"],
  [/\b(kilo|mega|giga)[- ](?=\p{L}{3})/giu, "$1"],
  [/\bmegohm/gi, "megaohm"],
  [/\bkilohm/gi, "kiloohm"],
  [/\bmm ?Hg\b/g, "mmHg"],
  [/\bcycles? (?:per|\/) second\b/gi, "Hz"],
  [/\b([kKMGT]?)bps\b/g, "$1bit/s"],
  [/\u00b0 /g, "\u00b0"],
  [/\bdegrees? (?=celsius|centigrade|fahrenheit|kelvin)/gi, ""],
  [/\b(?:degrees?|deg\.?) ?(?=[CF]\b)/g, "\u00b0"],
  [/(?<=\p{L}) squared\b/giu, "^2"],
  [/(?<=\p{L}) cubed\b/giu, "^3"],
  [/\u00b0 ?(?=celsius|fahrenheit)/gi, ""],
  [/\bper cent\b|\bpct\b|\\?%/gi, " percent "],
  [/\b(sq|cu)\./gi, "$1 "],
];

/** Words that make a text no single quantity. */
const DOUBT = new Set(
  "or and not no about approximately roughly around maybe perhaps to than but nearly almost over under".split(
    " ",
  ),
);
/**
 * Largest number of counted words outside of the table (`people`, `live births`). More words are a
 * sentence.
 */
const MAX_COUNTED = 4;
const MAX_LENGTH = 80;
const POWERS: ReadonlyMap<string, number> = new Map([
  ["sq", 2],
  ["square", 2],
  ["cu", 3],
  ["cubic", 3],
]);
const SUPERSCRIPTS = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079";

/**
 * Reads a unit: names with powers (`km^2`, `km²`, `sq km`, `cubic metres`), products and quotients
 * (`km/h`, `people per sq km`), and counts in a denominator (`births per 1,000 population`). Each
 * unknown word is a dimension of its own. Null for all other texts.
 */
export function readUnit(text: string, percent: AnswerPolicy["percent"] = "required"): Unit | null {
  return readUnitWords(text, percent)?.unit ?? null;
}

/** A unit, and those of its words that the table of units does not have. */
interface UnitWords {
  readonly unit: Unit;
  readonly counted: readonly string[];
}

/** Reads a unit as `readUnit` does, and names the words that are no units but counted things. */
export function readUnitWords(text: string, percent: AnswerPolicy["percent"]): UnitWords | null {
  if (text.length > MAX_LENGTH) return null;
  let plain = text.replace(
    /[\u2070\u00b9\u00b2\u00b3\u2074-\u2079]/g,
    (digit) => `^${SUPERSCRIPTS.indexOf(digit)}`,
  );
  plain = plain
    .replaceAll("\u207b^", "^-")
    .replaceAll("\u00ba", "\u00b0")
    .normalize("NFKC")
    .replace(/[\u00b5\u03bc]/g, "\u03bc");
  for (const [phrase, name] of PHRASES) plain = plain.replace(phrase, name);
  plain = plain
    .replace(/\bper\b/gi, "/")
    .replace(/[{}]/g, "")
    .replace(/\/ ?\(([^()]*)\)/g, (_, below: string) => `/ ${below.replace(/[*\u00b7]/g, " ")}`)
    .replace(/(?<=[a-z])\.(?= |$)/gi, "")
    .trim();
  const tokens = plain.match(/[*\u00b7/]|[^\s*\u00b7/]+/g);
  return tokens === null ? null : product(tokens, percent);
}

function product(tokens: readonly string[], percent: AnswerPolicy["percent"]): UnitWords | null {
  const powers = new Map<string, number>();
  let factor: Rational = rational(1n);
  let offset: Rational | null = null;
  let [sign, power, units] = [1, 1, 0];
  let also: Unit | undefined;
  const counted: string[] = [];
  for (const token of tokens) {
    if (token === "/" || token === "*" || token === "\u00b7") {
      sign = token === "/" ? -1 : 1;
      continue;
    }
    const prefix = POWERS.get(token.toLowerCase());
    if (prefix !== undefined) {
      power = prefix;
      continue;
    }
    if (/^\d/.test(token)) {
      const count = sign < 0 ? parseRational(token) : null;
      const next = count === null ? null : divide(factor, count);
      if (next === null) return null;
      factor = next;
      continue;
    }
    const [, name = token, exponent = "1"] = /^(.*?[^\d^-])\^?(-?[1-9])$/.exec(token) ?? [];
    const named = oneUnit(name, percent);
    if (named === null) return null;
    // A temperature is no part of a product. `V/C` is volts per coulomb.
    const isPart = tokens.length > 1 && named.offset !== null && named.also !== undefined;
    const unit = isPart ? (named.also as Unit) : named;
    if (knownUnit(name) === null) counted.push(name);
    const times = sign * power * Number(exponent);
    factor = multiply(factor, raise(unit.factor, times));
    for (const [dimension, of] of Object.entries(unit.dimensions)) {
      powers.set(dimension, (powers.get(dimension) ?? 0) + of * times);
    }
    units += 1;
    offset = units === 1 && times === 1 ? unit.offset : null;
    also = units === 1 && times === 1 ? unit.also : undefined;
    power = 1;
  }
  if (power !== 1 || counted.length > MAX_COUNTED) return null;
  if (["/", "*", "\u00b7"].includes(tokens.at(-1) ?? "")) return null;
  const dimensions = Object.fromEntries([...powers].filter(([, of]) => of !== 0));
  return { unit: { factor, offset, dimensions, ...(also && { also }) }, counted };
}

function oneUnit(name: string, percent: AnswerPolicy["percent"]): Unit | null {
  if (/^percent$/i.test(name)) {
    if (percent === "required") return counting("percent");
    return { factor: percent === "scaled" ? rational(1n, 100n) : rational(1n), offset: null, dimensions: {} };
  }
  const known = knownUnit(name);
  if (known !== null) return known;
  const word = name.toLowerCase();
  if (numberFromWords(word) !== null) return null;
  return !/^\p{L}[\p{L}\u2019'-]{0,24}$/u.test(word) || DOUBT.has(word) ? null : counting(singular(word));
}

function counting(word: string): Unit {
  return { factor: rational(1n), offset: null, dimensions: { [word]: 1 } };
}

function singular(word: string): string {
  return word.length > 3 && word.endsWith("s") && !word.endsWith("ss") ? word.slice(0, -1) : word;
}

function raise(factor: Rational, times: number): Rational {
  let power = rational(1n);
  for (let step = 0; step < Math.abs(times); step += 1) power = multiply(power, factor);
  return times < 0 ? rational(power.denominator, power.numerator) : power;
}
