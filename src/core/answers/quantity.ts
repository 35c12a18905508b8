import type { AnswerPolicy, Verdict } from "../records/answer.js";
import { type AnswerKind, rightIf } from "./kind.js";
import { isWhole, type Numeral, readNumeral } from "./numeral.js";
import { add, atMost, divide, magnitude, multiply, type Rational, rational, subtract } from "./rational.js";
import { declaredTolerance, defaultTolerance } from "./tolerance.js";
import { readUnit } from "./unit-text.js";
import type { Unit } from "./units.js";

/** A number and its unit; null for a bare number. */
interface Quantity {
  readonly number: Numeral;
  readonly unit: Unit | null;
}

const NUMBER =
  /^[+-]? ?(?:\d[\d., ]*\d|\d|[.,]\d+)(?: ?(?:[x\u00d7*]|\\times|\\cdot) ?10 ?\^ ?\{?[+-]?\d{1,3}\}?|[eE][+-]?\d{1,3}(?![\p{L}\d]))?(?: ?\/ ?\d+)?/u;
const SCALE = /^(?:[ -]?(?:hundred|thousand|million|billion|trillion)\b)*/i;
const CURRENCY = /^(-?)((?:US)?\$|[A-Z]{3} ?(?=\d)|[\u20ac\u00a3\u00a5\u20b9])/;
const ONE: Unit = { factor: rational(1n), offset: null, dimensions: {} };
/**
 * Relative tolerance for a whole or fractional gold answer when the answer has another unit. People
 * do not convert 100 km to more digits.
 */
const CONVERTED = rational(1n, 1000n);
const MAX_LENGTH = 160;
/** Largest number of parts of a quantity, for example `5 ft 3 in` or `2 h 30 min 5 s`. */
const MAX_PARTS = 3;

/**
 * Compares numbers with units: the dimensions must be equal, and the values in base units must
 * agree within the tolerance of the gold answer.
 */
export const quantityKind: AnswerKind<Quantity> = {
  read(text, policy) {
    if (text.length > MAX_LENGTH || /[\r\n]/.test(text)) return null;
    const plain = tidy(text);
    return single(plain, policy) ?? compound(plain, policy);
  },
  accepts(gold, policy) {
    return unitOf(gold, policy) !== null && declaredTolerance(gold.number.value, policy) !== "invalid";
  },
  compare(gold, given, policy) {
    const wanted = unitOf(gold, policy);
    if (wanted === null) return "wrong";
    if (given.unit !== null) return compare(gold.number, wanted, given.number, given.unit, policy);
    if (policy.unitInAnswer === "optional") return compare(gold.number, wanted, given.number, wanted, policy);
    const pure = Object.keys(wanted.dimensions).length === 0;
    return pure ? compare(gold.number, wanted, given.number, ONE, policy) : "unparsable";
  },
};

function compare(gold: Numeral, wanted: Unit, given: Numeral, unit: Unit, policy: AnswerPolicy): Verdict {
  if (!sameDimensions(wanted, unit)) return "wrong";
  const declared = declaredTolerance(gold.value, policy);
  if (declared === "invalid") return "wrong";
  const exact = gold.step === null && !isDecimalRatio(wanted, unit);
  const tolerance =
    declared ??
    (exact ? multiply(magnitude(gold.value), CONVERTED) : defaultTolerance(gold.value, gold.step));
  const off = magnitude(subtract(inBase(gold.value, wanted), inBase(given.value, unit)));
  return rightIf(atMost(off, multiply(tolerance, wanted.factor)));
}

function unitOf({ unit }: Quantity, policy: AnswerPolicy): Unit | null {
  return unit ?? (policy.unit === undefined ? null : readUnit(policy.unit, policy.percent));
}

function inBase(value: Rational, { factor, offset }: Unit): Rational {
  return multiply(offset === null ? value : add(value, offset), factor);
}

function sameDimensions({ dimensions: one }: Unit, { dimensions: other }: Unit): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}

/**
 * True for equal units, and for units that differ by a power of ten. Their values are as exact as
 * they are written.
 */
function isDecimalRatio(one: Unit, other: Unit): boolean {
  const ratio = divide(one.factor, other.factor);
  if (ratio === null || (one.offset === null) !== (other.offset === null)) return false;
  return /^10*$/.test(String(ratio.numerator)) && /^10*$/.test(String(ratio.denominator));
}

function tidy(text: string): string {
  return text
    .replace(/\\(?:text|mathrm|operatorname|mbox)\s*\{([^{}]*)\}/g, " $1 ")
    .replace(/\^\s*\{?\s*\\circ\s*\}?/g, "\u00b0")
    .replace(/\\[,;! ]|(?<=\d)~/g, " ")
    .replace(/\\%/g, "%")
    .replace(/\\\$/g, "$")
    .replace(/[\u2010-\u2015\u2212]/g, "-")
    .replace(/\s+(?=\^)|\s+$|^\s+/g, "")
    .replace(/\s+/g, " ");
}

function single(text: string, policy: AnswerPolicy): Quantity | null {
  const currency = CURRENCY.exec(text);
  const body =
    currency === null ? text : (currency[1] as string) + text.slice(currency[0].length).trimStart();
  const split = splitNumber(body, policy);
  if (split === null) return null;
  const rest = `${currency?.[2]?.trim() ?? ""} ${split.rest}`.trim();
  if (rest === "") return { number: split.number, unit: null };
  const unit = readUnit(rest, policy.percent);
  return unit === null ? null : { number: split.number, unit };
}

function splitNumber(text: string, policy: AnswerPolicy): { number: Numeral; rest: string } | null {
  const digits = NUMBER.exec(text)?.[0];
  if (digits === undefined) return splitWords(text, policy);
  const length = digits.length + (SCALE.exec(text.slice(digits.length))?.[0].length ?? 0);
  const number = readNumeral(text.slice(0, length), policy);
  return number === null ? null : { number, rest: text.slice(length).trim() };
}

/** Splits off the longest beginning that is a number: `five hundred metres`, `minus 40 °C`. */
function splitWords(text: string, policy: AnswerPolicy): { number: Numeral; rest: string } | null {
  const words = text.split(" ").slice(0, 8);
  for (let count = Math.min(5, words.length); count > 0; count -= 1) {
    const number = readNumeral(words.slice(0, count).join(" "), policy);
    if (number !== null && !number.percent) return { number, rest: text.split(" ").slice(count).join(" ") };
  }
  return null;
}

/** True for length, time and mass, which people write in parts. */
function isSimple({ dimensions, offset }: Unit): boolean {
  const [only, ...others] = Object.entries(dimensions);
  return (
    offset === null && others.length === 0 && only?.[1] === 1 && ["m", "s", "kg", "month"].includes(only[0])
  );
}

/**
 * Reads a quantity in parts. Each part has a smaller unit, is at most one of the unit before, and
 * is whole unless it is the last.
 */
function compound(text: string, policy: AnswerPolicy): Quantity | null {
  const parts = text.split(/(?<=[a-z.])[ ,]+(?=\d)/i).map((part) => single(part, policy));
  const [first] = parts;
  if (first?.unit == null || parts.length < 2 || parts.length > MAX_PARTS) return null;
  const unit = first.unit;
  let before = first.number;
  let smallest = unit;
  let value = first.number.value;
  for (const part of parts) {
    if (part?.unit == null || !isSimple(part.unit) || !sameDimensions(unit, part.unit)) return null;
    if (part === first) continue;
    const fits = atMost(inBase(part.number.value, part.unit), smallest.factor);
    const ratio = divide(part.unit.factor, unit.factor);
    if (!fits || atMost(smallest.factor, part.unit.factor) || !isWhole(before) || ratio === null) return null;
    value = add(value, multiply(part.number.value, ratio));
    [before, smallest] = [part.number, part.unit];
  }
  return { unit, number: { ...first.number, value } };
}
