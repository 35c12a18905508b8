import type { AnswerPolicy } from "../records/answer.js";
import { SCALES } from "../text/number-words.js";
import { readSpelled } from "./cardinal.js";
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
import { plainNumeral, withoutCommands } from "./typesetting.js";

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
const PERCENT = /^(.*?) ?(?:\\?%|percent|per cent|percentage|pct\.?)$/i;
const MIXED = /^(\d{1,9}) (?:and )?(\d{1,9})\/(\d{1,9})$/;
const LATEX_MIXED =
  /^([+-]? ?\d{1,9}) ?\\(?:[dtc]?frac|nicefrac|sfrac) ?(?:\{ ?(\d{1,9}) ?\}|(\d)) ?(?:\{ ?(\d{1,9}) ?\}|(\d))$/;
const TEN_TO = /^([+-]?)10 ?\^ ?\{? ?([+-]?\d{1,3}) ?\}?$/;
/** Thousands of the Swiss, of programmers and of India: 1'234'567, 1_234_567, 12,34,567. */
const GROUPED = /^[+-]?(?:\d{1,3}(?:['\u2019]\d{3})+|\d{1,3}(?:_\d{3})+|\d{1,2}(?:,\d{2})+,\d{3})(?=\.|$)/;
const DECIMALS = /\.(\d+)(?: ?(?:[eE]|(?:[x×*]|\\times|\\cdot) ?10 ?\^) ?\{?([+-]?\d{1,3})\}?)?$/;
const VULGAR = /(\d ?)?([\u00bc-\u00be\u2150-\u215e])/g;
/** Largest number of scale words. `five hundred thousand million` has three. */
const MAX_SCALES = 3;
const MAX_LENGTH = 128;
/** Largest power of ten that is written out. */
const MAX_POWER = 100;

/**
 * Reads one number: everything that `parseRational` reads, also as LaTeX writes it (`1{,}234`,
 * `2\tfrac12`), percent, mixed numbers (`3 1/2`, `3½`), powers of ten (`10⁸`), scale words (`1.5
 * million`), and English words (`one hundred and thirty-two`), with an optional `minus` or
 * `negative`. One comma or full stop behind the number says nothing. Null for all other texts.
 */
export function readNumeral(
  text: string,
  { decimal = "point" }: Pick<AnswerPolicy, "decimal"> = {},
): Numeral | null {
  if (text.length > MAX_LENGTH) return null;
  const signs = text
    .replace(
      VULGAR,
      (_, before: string | undefined, sign: string) => `${before?.trim() ?? ""} ${sign.normalize("NFKC")}`,
    )
    .replaceAll("\u2044", "/");
  let plain = plainNumeral(withoutCommands(signs)).replace(/(?<=[\d}%\p{L}])[.,;]$/u, "");
  plain = plain
    .replace(/^\( ?([^(),]+?) ?\)$|^\{([^{}]*)\}$/, "$1$2")
    .replace(GROUPED, (digits) => digits.replace(/[^\d+-]/g, ""));
  const mixed = LATEX_MIXED.exec(plain);
  if (mixed !== null) plain = `${mixed[1]} ${mixed[2] ?? mixed[3]}/${mixed[4] ?? mixed[5]}`;
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
  const spelled = /^[a-z]/i.test(text) ? readSpelled(text) : null;
  if (spelled !== null) return spelled;
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
  const power = TEN_TO.exec(text);
  if (power !== null) {
    const ten = Math.abs(Number(power[2])) > MAX_POWER ? null : powerOfTen(Number(power[2]));
    return ten === null ? null : { value: power[1] === "-" ? negate(ten) : ten, step: null };
  }
  const mixed = MIXED.exec(text.replace(/^[+-] ?/, ""));
  if (mixed === null) return null;
  const [whole, top, bottom] = mixed.slice(1).map((digits) => rational(BigInt(digits))) as [
    Rational,
    Rational,
    Rational,
  ];
  const part = divide(top, bottom);
  // `2 3/2` is no mixed number: its fraction is larger than 1.
  if (part === null || top.numerator >= bottom.numerator) return null;
  const size = add(whole, part);
  return { value: text.startsWith("-") ? negate(size) : size, step: null };
}

function stepOf(text: string): Rational | null {
  const match = /frac|\//.test(text) ? null : DECIMALS.exec(text);
  const digits = match?.[1];
  return digits === undefined ? null : powerOfTen(Number(match?.[2] ?? 0) - digits.length);
}

/** True for a whole number without a percent sign, in any notation. */
export function isWhole({ value, percent }: Numeral): boolean {
  return !percent && isInteger(value);
}
