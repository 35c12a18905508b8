import { add, negate, type Rational } from "../rational.js";
import { type Polynomial, PRIME_ROOT } from "./polynomial.js";

const INDEPENDENT = new Set(["i", "\u03c0", "e"]);

/**
 * True for a polynomial that is zero because the square of i is -1. The symbol i counts as the
 * imaginary unit only where no other unknown stands: beside n, it is often an index.
 */
export function vanishesWithImaginary(polynomial: Polynomial): boolean {
  const sums = new Map<string, Rational>();
  for (const { factors, coefficient } of polynomial.values()) {
    let name = "";
    let value = coefficient;
    for (const [generator, exponent] of factors) {
      if (!INDEPENDENT.has(generator) && !generator.startsWith(`${PRIME_ROOT}2:`)) return false;
      if (generator !== "i") name += `${generator}^${exponent}`;
      else {
        if (exponent % 4 >= 2) value = negate(value);
        if (exponent % 2 === 1) name += "i";
      }
    }
    const before = sums.get(name);
    sums.set(name, before === undefined ? value : add(before, value));
  }
  return [...sums.values()].every(({ numerator }) => numerator === 0n);
}
