import type { AnswerPolicy } from "../records/answer.js";
import { numberFromWords, SCALES } from "../text/number-words.js";
import {
  add,
  divide,
  isInteger,
  multiply,
  negate,
  parseRational,
  powerOfTen,
  type Rational,
  rational,
} from "./rational.js";

/** One number as it was written. */
export interface Numeral {
  /** The value without dividing by 100 for a percent sign. */
  readonly value: Rational;
  /**
   * Value of the last decimal place: 0.01 for `3.14`; null for whole numbers and fractions, which
   * are exact.
   */
  readonly step: Rational | null;
  readonly percent: boolean;
}

const SCALED = /^(.*?)[ -]?(hundred|thousand|million|billion|trillion)$/i;
const PERCENT = /^(.*?) ?(?:\\?%|percent|per cent)$/i;
const MIXED = /^(\d{1,9}) (\d{1,9})\/(\d{1,9})$/;
const DECIMALS = /\.(\d+)(?: ?(?:[eE]|(?:[x×*]|\\times|\\cdot) ?10 ?\^) ?\{?([+-]?\d{1,3})\}?)?$/;
const VULGAR = /(\d ?)?([\u00bc-\u00be\u2150-\u215e])/g;
/** Largest number of scale words. `five hundred thousand million` has three. */
const MAX_SCALES = 3;
const MAX_LENGTH = 128;

/**
 * Reads one number: everything that `parseRational` reads, percent, mixed numbers (`3 1/2`, `3½`),
 * scale words (`1.5 million`), and English words up to a hundred, with an optional `minus` or
 * `negative`. Null for all other texts.
 */
export function readNumeral(
  text: string,
  { decimal = "point" }: Pick<AnswerPolicy, "decimal"> = {},
): Numeral | null {
  if (text.length > MAX_LENGTH) return null;
  let plain = text
    .replace(
      VULGAR,
      (_, before: string | undefined, sign: string) => `${before?.trim() ?? ""} ${sign.normalize("NFKC")}`,
    )
    .replaceAll("\u2044", "/")
    .replace(/[\u2010-\u2015\u2212]/g, "-")
    .replace(/\\[,;!]|(?<=\d)~(?=\d)/g, " ")
    .replace(/\s+/g, " ")
    .replace(/(?<=\d)\.$/, "")
    .trim();
  if (decimal === "comma") plain = plain.replace(/[.,]/g, (mark) => (mark === "," ? "." : ","));
  const percent = PERCENT.exec(plain);
  const read = signed(percent?.[1] ?? plain, MAX_SCALES);
  return read === null ? null : { ...read, percent: percent !== null };
}

type Plain = Omit<Numeral, "percent">;

function signed(text: string, scales: number): Plain | null {
  const minus = /^(?:minus|negative) (?=[\w.])/i.exec(text);
  const read = scaled(minus === null ? text : text.slice(minus[0].length), scales);
  return read === null || minus === null ? read : { ...read, value: negate(read.value) };
}

function scaled(text: string, scales: number): Plain | null {
  const match = /[a-z]$/i.test(text) && scales > 0 ? SCALED.exec(text) : null;
  if (match === null) return base(text);
  const power = powerOfTen(SCALES[(match[2] as string).toLowerCase()] as number);
  const count = match[1] as string;
  const read = /^(?:an?)?$/i.test(count) ? { value: rational(1n), step: null } : scaled(count, scales - 1);
  if (read === null) return null;
  return { value: multiply(read.value, power), step: read.step === null ? null : multiply(read.step, power) };
}

function base(text: string): Plain | null {
  if (text.includes("%")) return null;
  const value = parseRational(text);
  if (value !== null) return { value, step: stepOf(text) };
  const words = /^[a-z]/i.test(text) ? numberFromWords(text) : null;
  if (words !== null) return { value: rational(BigInt(words)), step: null };
  const mixed = MIXED.exec(text.replace(/^-/, ""));
  if (mixed === null) return null;
  const [whole, top, bottom] = mixed.slice(1).map((digits) => rational(BigInt(digits))) as [
    Rational,
    Rational,
    Rational,
  ];
  const part = divide(top, bottom);
  if (part === null) return null;
  const size = add(whole, part);
  return { value: text.startsWith("-") ? negate(size) : size, step: null };
}

function stepOf(text: string): Rational | null {
  const match = /[/\\]frac|\//.test(text) ? null : DECIMALS.exec(text);
  const digits = match?.[1];
  return digits === undefined ? null : powerOfTen(Number(match?.[2] ?? 0) - digits.length);
}

/** True for a whole number without a percent sign, in any notation. */
export function isWhole({ value, percent }: Numeral): boolean {
  return !percent && isInteger(value);
}
