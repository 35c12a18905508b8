import { isInteger, multiply, type Rational, rational } from "../rational.js";
import { constantOf, minus, ONE, type Polynomial } from "./polynomial.js";

const AT_ZERO: ReadonlyMap<string, bigint> = new Map([
  ...["sin", "tan", "asin", "atan", "sinh", "tanh"].map((name) => [name, 0n] as const),
  ...["cos", "sec", "cosh"].map((name) => [name, 1n] as const),
]);
const ODD = new Set(["sin", "tan", "cot", "csc", "asin", "atan", "sinh", "tanh"]);
const EVEN = new Set(["cos", "sec", "cosh", "abs"]);
/** Name of the term of pi. */
const PI = "\u03c0^1";
const SINES = [0n, 1n, 0n, -1n];

/**
 * Exact values of a function: at 0, of logarithms at 1, and of sine and cosine at multiples of a
 * right angle. At these points functions are flat or zero, so rounding could not distinguish
 * neighbors.
 */
export function knownValue(name: string, top: Polynomial, bottom: Polynomial): Rational | null {
  if (bottom !== ONE) return null;
  const value = constantOf(top);
  if (value?.numerator === 0n && AT_ZERO.has(name)) return rational(AT_ZERO.get(name) as bigint);
  if (/^l(?:n|og)/.test(name) && value?.numerator === 1n && value.denominator === 1n) return rational(0n);
  if (name !== "sin" && name !== "cos") return null;
  const turns = top.size === 1 ? top.get(PI)?.coefficient : undefined;
  const quarters = turns === undefined ? null : multiply(turns, rational(2n));
  if (quarters === null || !isInteger(quarters)) return null;
  const at = Number(((quarters.numerator % 4n) + 4n) % 4n);
  return rational(SINES[(name === "sin" ? at : at + 1) % 4] as bigint);
}

/**
 * Replaces an argument by its opposite when the first term of the opposite is positive. An odd
 * function then changes its sign, and an even function keeps its value. Null when nothing changes.
 */
export function opposite(
  name: string,
  top: Polynomial,
): { readonly argument: Polynomial; readonly sign: 1 | -1 } | null {
  const first = ODD.has(name) || EVEN.has(name) ? [...top.keys()].sort()[0] : undefined;
  if (first === undefined || (top.get(first)?.coefficient.numerator ?? 0n) > 0n) return null;
  return { argument: minus(top), sign: ODD.has(name) ? -1 : 1 };
}
