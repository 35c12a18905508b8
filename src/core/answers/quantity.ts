import type { AnswerPolicy, Verdict } from "../records/answer.js";
import { type AnswerKind, rightIf } from "./kind.js";
import { isWhole, type Numeral } from "./numeral.js";
import { plainQuantity, splitQuantity } from "./quantity-text.js";
import { add, atMost, divide, magnitude, multiply, type Rational, rational, subtract } from "./rational.js";
import { showRational } from "./show-rational.js";
import { declaredTolerance, defaultTolerance } from "./tolerance.js";
import { readUnit } from "./unit-text.js";
import { sameDimensions, type Unit } from "./units.js";
import { withDigits } from "./word-digits.js";

/** A number and its unit; null for a bare number. */
interface Quantity {
  readonly number: Numeral;
  readonly unit: Unit | null;
}

const ONE: Unit = { factor: rational(1n), offset: null, dimensions: {} };
/**
 * Relative tolerance for a whole or fractional gold answer when the answer has another unit. People
 * do not convert 100 km to more digits.
 */
const CONVERTED = rational(1n, 1000n);
const MAX_LENGTH = 160;
/** Largest number of parts of a quantity, for example `5 ft 3 in` or `2 h 30 min 5 s`. */
const MAX_PARTS = 3;
/** Dimensions of quantities that people write in parts. */
const IN_PARTS: ReadonlySet<string> = new Set(["m", "s", "kg", "month", "degree"]);

/**
 * Compares numbers with units: the dimensions must be equal, and the values in base units must
 * agree within the tolerance of the gold answer.
 */
export const quantityKind: AnswerKind<Quantity> = {
  read(text, policy) {
    if (text.length > MAX_LENGTH || /[\r\n]/.test(text)) return null;
    const plain = plainQuantity(text);
    // `six feet two inches`: the parts begin where their numbers begin.
    const inDigits = () => withDigits(plain.split(" ")).join(" ");
    return single(plain, policy) ?? compound(plain, policy) ?? compound(inDigits(), policy);
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
  describe({ number, unit }) {
    const value = showRational(number.value);
    if (unit === null) return `${value}, without a unit`;
    const base = Object.entries(unit.dimensions).map(([name, of]) => (of === 1 ? name : `${name}^${of}`));
    return `${showRational(inBase(number.value, unit))} ${base.join(" ")}`.trim();
  },
};

function compare(gold: Numeral, wanted: Unit, given: Numeral, said: Unit, policy: AnswerPolicy): Verdict {
  const unit = [said, said.also].find((one) => one !== undefined && sameDimensions(wanted, one));
  if (unit === undefined) return "wrong";
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

/**
 * True for equal units, and for units that differ by a power of ten. Their values are as exact as
 * they are written.
 */
function isDecimalRatio(one: Unit, other: Unit): boolean {
  const ratio = divide(one.factor, other.factor);
  if (ratio === null || (one.offset === null) !== (other.offset === null)) return false;
  return /^10*$/.test(String(ratio.numerator)) && /^10*$/.test(String(ratio.denominator));
}

function single(text: string, policy: AnswerPolicy): Quantity | null {
  const split = splitQuantity(text, policy);
  if (split === null) return null;
  if (split.unit === "") return { number: split.number, unit: null };
  const unit = readUnit(split.unit, policy.percent);
  return unit === null ? null : { number: split.number, unit };
}

/** True for length, time, mass and angle, which people write in parts. */
function isSimple({ dimensions, offset }: Unit): boolean {
  const [only, ...others] = Object.entries(dimensions);
  return offset === null && others.length === 0 && only?.[1] === 1 && IN_PARTS.has(only[0]);
}

/**
 * Reads a quantity in parts. Each part has a smaller unit, is at most one of the unit before, and
 * is whole unless it is the last.
 */
function compound(text: string, policy: AnswerPolicy): Quantity | null {
  const parts = text.split(/(?<=[a-z.\u00b0])[ ,]+(?=\d)/i).map((part) => single(part, policy));
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
