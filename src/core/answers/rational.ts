/** An exact fraction in lowest terms. `denominator` is greater than 0. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** Longest numeral, in UTF-16 code units. Longer numerals are refused before any arithmetic. */
const MAX_LENGTH = 128;
/** Largest power of ten that is written out. */
const MAX_EXPONENT = 100;

const SMALL_DIGITS = /[\u00b2\u00b3\u00b9\u2070-\u209c]/;
/** A group of thousands does not begin with 0: `0,111` has a decimal comma. */
const DIGITS = String.raw`(?:[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d{0,2}(?: \d{3})+|\d+)`;
const DECIMAL = new RegExp(`^(${DIGITS})?(?:\\.(\\d+))?$`);
const LATEX_FRACTION = /^\\(?:[dtc]?frac|nicefrac|sfrac)\s*(?:\{([^{}]*)\}|(\d))\s*(?:\{([^{}]*)\}|(\d))$/;

/**
 * Reads one numeral exactly: integers with thousands separators (`1,234`, `1 234`), decimals,
 * `a/b`, `\frac{a}{b}`, percent (`5%` is 1/20) and powers of ten (`1.5e3`, `1.5 x 10^3`), each with
 * an optional sign. All other texts are null. Nothing is evaluated, so nothing can take long.
 */
export function parseRational(text: string): Rational | null {
  // With compatibility forms, 10² would be the number 102.
  if (text.length > MAX_LENGTH || SMALL_DIGITS.test(text)) return null;
  const plain = text
    .normalize("NFKC")
    .replace(/[\u2010-\u2015\u2212]/g, "-")
    .replace(/\{,\}/g, ",")
    .replace(/\\! ?/g, "")
    .replace(/\\[,;:]|(?<=\d)~(?=\d)/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  return signed(plain);
}

/** True for equal numbers. */
export function sameRational(a: Rational, b: Rational): boolean {
  return a.numerator === b.numerator && a.denominator === b.denominator;
}

/** True for whole numbers. */
export function isInteger(value: Rational): boolean {
  return value.denominator === 1n;
}

/** The fraction in lowest terms. `denominator` must not be 0. */
export function rational(numerator: bigint, denominator = 1n): Rational {
  return denominator < 0n ? make(-numerator, -denominator) : make(numerator, denominator);
}

export function add(a: Rational, b: Rational): Rational {
  if (a.denominator === 1n && b.denominator === 1n)
    return { numerator: a.numerator + b.numerator, denominator: 1n };
  return make(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator);
}

export function negate({ numerator, denominator }: Rational): Rational {
  return { numerator: -numerator, denominator };
}

export function subtract(a: Rational, b: Rational): Rational {
  return add(a, negate(b));
}

export function multiply(a: Rational, b: Rational): Rational {
  if (a.denominator === 1n && b.denominator === 1n)
    return { numerator: a.numerator * b.numerator, denominator: 1n };
  return make(a.numerator * b.numerator, a.denominator * b.denominator);
}

/** The quotient; null for a division by zero. */
export function divide(a: Rational, b: Rational): Rational | null {
  return b.numerator === 0n ? null : rational(a.numerator * b.denominator, a.denominator * b.numerator);
}

/** The number without its sign. */
export function magnitude(value: Rational): Rational {
  return value.numerator < 0n ? negate(value) : value;
}

/** True when `a` is at most `b`. */
export function atMost(a: Rational, b: Rational): boolean {
  return a.numerator * b.denominator <= b.numerator * a.denominator;
}

/** Ten to a whole power. The caller limits `exponent`. */
export function powerOfTen(exponent: number): Rational {
  const factor = 10n ** BigInt(Math.abs(exponent));
  return exponent >= 0 ? { numerator: factor, denominator: 1n } : { numerator: 1n, denominator: factor };
}

function signed(text: string): Rational | null {
  const sign = /^([+-]) ?(?=[\d.\\])/.exec(text);
  if (sign === null) return unsigned(text);
  const size = unsigned(text.slice(sign[0].length));
  return size !== null && sign[1] === "-" ? negate(size) : size;
}

function unsigned(text: string): Rational | null {
  const percent = /^(.+?) ?\\?%$/.exec(text);
  if (percent?.[1] !== undefined) return quotient(simple(percent[1]), make(100n, 1n));
  return simple(text);
}

function simple(text: string): Rational | null {
  const latex = LATEX_FRACTION.exec(text);
  if (latex !== null) {
    const [, top, shortTop, bottom, shortBottom] = latex;
    return quotient(innerNumber(top ?? shortTop), innerNumber(bottom ?? shortBottom));
  }
  const slash = /^([^/]+)\/([^/]+)$/.exec(text);
  if (slash !== null) return quotient(decimal((slash[1] ?? "").trim()), decimal((slash[2] ?? "").trim()));
  const power = /^(.+?)(?:[eE]| ?(?:[x×*]|\\times|\\cdot) ?10 ?\^ ?)\{?([+-]?\d{1,3})\}?$/.exec(text);
  if (power !== null) return scale(decimal((power[1] ?? "").trim()), Number(power[2]));
  return decimal(text);
}

function innerNumber(text: string | undefined): Rational | null {
  if (text === undefined) return null;
  const trimmed = text.trim();
  const negative = trimmed.startsWith("-");
  const size = decimal(negative ? trimmed.slice(1).trim() : trimmed);
  return size !== null && negative ? negate(size) : size;
}

function decimal(text: string): Rational | null {
  const match = DECIMAL.exec(text);
  if (match === null || (match[1] === undefined && match[2] === undefined)) return null;
  const fraction = match[2] ?? "";
  const whole = (match[1] ?? "").replace(/[, ]/g, "");
  return make(BigInt(whole + fraction), 10n ** BigInt(fraction.length));
}

function scale(value: Rational | null, exponent: number): Rational | null {
  return value === null || Math.abs(exponent) > MAX_EXPONENT ? null : multiply(value, powerOfTen(exponent));
}

function quotient(a: Rational | null, b: Rational | null): Rational | null {
  return a === null || b === null ? null : divide(a, b);
}

function make(numerator: bigint, denominator: bigint): Rational {
  const common = gcd(numerator < 0n ? -numerator : numerator, denominator);
  return { numerator: numerator / common, denominator: denominator / common };
}

function gcd(a: bigint, b: bigint): bigint {
  let [large, small] = [a, b];
  while (small !== 0n) [large, small] = [small, large % small];
  return large === 0n ? 1n : large;
}
