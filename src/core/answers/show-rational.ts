import { isInteger, type Rational } from "./rational.js";

/** Largest number of decimals that are written out. */
const MAX_DECIMALS = 20;

/**
 * The number as people write it: a whole number, a decimal where it ends within 20 decimals, and a
 * fraction otherwise.
 */
export function showRational(value: Rational): string {
  if (isInteger(value)) return String(value.numerator);
  for (let decimals = 1; decimals <= MAX_DECIMALS; decimals += 1) {
    const scaled = value.numerator * 10n ** BigInt(decimals);
    if (scaled % value.denominator !== 0n) continue;
    const size = scaled / value.denominator;
    const digits = String(size < 0n ? -size : size).padStart(decimals + 1, "0");
    return `${size < 0n ? "-" : ""}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
  }
  return `${value.numerator}/${value.denominator}`;
}
