/** An exact fraction in lowest terms, `denominator` greater than 0. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** Longest numeral that is read; longer ones are refused before any arithmetic. */
const MAX_LENGTH = 128;
/** Largest power of ten that is expanded. */
const MAX_EXPONENT = 100;

const DIGITS = String.raw`(?:\d{1,3}(?:,\d{3})+|\d{1,3}(?: \d{3})+|\d+)`;
const DECIMAL = new RegExp(`^(${DIGITS})?(?:\\.(\\d+))?$`);
const LATEX_FRACTION = /^\\[dt]?frac\s*(?:\{([^{}]*)\}\s*\{([^{}]*)\}|(\d)\s*(\d))$/;

/**
 * Reads one numeral exactly: integers with thousands separators (`1,234`, `1 234`), decimals, `a/b`,
 * `\frac{a}{b}`, percent (`5%` is 1/20) and powers of ten (`1.5e3`, `1.5 x 10^3`), each with an optional
 * sign. Everything else is null: this is not a calculator, so there is nothing to evaluate and nothing that
 * can run long.
 */
export function parseRational(text: string): Rational | null {
  if (text.length > MAX_LENGTH) return null;
  const plain = text
    .normalize("NFKC")
    .replace(/[\u2010-\u2015\u2212]/g, "-")
    .replace(/\\[,;!]|~/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  return signed(plain);
}

/** Numeric equality. */
export function sameRational(a: Rational, b: Rational): boolean {
  return a.numerator === b.numerator && a.denominator === b.denominator;
}

/** True for whole numbers. */
export function isInteger(value: Rational): boolean {
  return value.denominator === 1n;
}

function signed(text: string): Rational | null {
  const sign = /^([+-]) ?(?=[\d.\\])/.exec(text);
  if (sign === null) return unsigned(text);
  const magnitude = unsigned(text.slice(sign[0].length));
  return magnitude !== null && sign[1] === "-"
    ? make(-magnitude.numerator, magnitude.denominator)
    : magnitude;
}

function unsigned(text: string): Rational | null {
  const percent = /^(.+?) ?\\?%$/.exec(text);
  if (percent?.[1] !== undefined) return divide(simple(percent[1]), make(100n, 1n));
  return simple(text);
}

function simple(text: string): Rational | null {
  const latex = LATEX_FRACTION.exec(text);
  if (latex !== null) {
    const [, top, bottom, shortTop, shortBottom] = latex;
    return divide(innerNumber(top ?? shortTop), innerNumber(bottom ?? shortBottom));
  }
  const slash = /^([^/]+)\/([^/]+)$/.exec(text);
  if (slash !== null) return divide(decimal((slash[1] ?? "").trim()), decimal((slash[2] ?? "").trim()));
  const power = /^(.+?)(?:[eE]| ?(?:[x×*]|\\times|\\cdot) ?10 ?\^ ?)\{?([+-]?\d{1,3})\}?$/.exec(text);
  if (power !== null) return scale(decimal((power[1] ?? "").trim()), Number(power[2]));
  return decimal(text);
}

function innerNumber(text: string | undefined): Rational | null {
  if (text === undefined) return null;
  const trimmed = text.trim();
  const negative = trimmed.startsWith("-");
  const magnitude = decimal(negative ? trimmed.slice(1).trim() : trimmed);
  return magnitude !== null && negative ? make(-magnitude.numerator, magnitude.denominator) : magnitude;
}

function decimal(text: string): Rational | null {
  const match = DECIMAL.exec(text);
  if (match === null || (match[1] === undefined && match[2] === undefined)) return null;
  const fraction = match[2] ?? "";
  const whole = (match[1] ?? "").replace(/[, ]/g, "");
  return make(BigInt(whole + fraction), 10n ** BigInt(fraction.length));
}

function scale(value: Rational | null, exponent: number): Rational | null {
  if (value === null || Math.abs(exponent) > MAX_EXPONENT) return null;
  const factor = 10n ** BigInt(Math.abs(exponent));
  return exponent >= 0
    ? make(value.numerator * factor, value.denominator)
    : make(value.numerator, value.denominator * factor);
}

function divide(a: Rational | null, b: Rational | null): Rational | null {
  if (a === null || b === null || b.numerator === 0n) return null;
  const sign = b.numerator < 0n ? -1n : 1n;
  return make(sign * a.numerator * b.denominator, sign * a.denominator * b.numerator);
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
