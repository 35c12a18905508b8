import { keyed } from "../../random/rng.js";
import { type Approximation, approximate, isConstant, timesApproximately } from "./approximate.js";
import type { Node } from "./ast.js";
import type { Polynomial } from "./polynomial.js";

/** Number of points at which the value must be zero. */
const POINTS = 4;
/**
 * Number of points that are tried, and number for functions with corners: |x - 5| is 5 - x for most
 * x below 5.
 */
const TRIES = 24;
const TRIES_AT_CORNERS = 64;
/** Rounding errors must be below this value, and compared values must be above it. */
const RESOLUTION = 1e-9;
/** Highest power of a generator that is approximated. */
const MAX_POWER = 64;

/**
 * Decides whether a polynomial is zero when its generators depend on each other. At no tried point
 * may its value exceed the error bound, and at several points the value must be within it. A point
 * is not counted when its rounding error is too large, or when a term is so small that its absence
 * could not be seen. The points come from a random generator whose key is the polynomial. They have
 * both signs and come from three ranges, one of them beyond every number in the formula.
 */
export function vanishes(polynomial: Polynomial, generators: ReadonlyMap<string, Node>): boolean {
  const formula: Facts = { symbols: new Set(), largest: 1, hasCorners: false };
  for (const { factors } of polynomial.values())
    for (const [name] of factors) collect(generators.get(name) ?? { kind: "symbol", name }, formula);
  const names = [...formula.symbols].sort();
  const isNumber = names.length === 0;
  const tries = isNumber ? 1 : formula.hasCorners ? TRIES_AT_CORNERS : TRIES;
  const rng = keyed("formula", [...polynomial.keys()].join("+"));
  let found = 0;
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const range = [2, 7, 2.5 * formula.largest][attempt % 3] as number;
    const point = new Map(
      names.map((name, index) => [
        name,
        ((attempt >> (index % 3)) % 2 === 0 ? range : -range) * (0.05 + rng.next()),
      ]),
    );
    const zero = isZeroAt(polynomial, (name) =>
      approximate(
        generators.get(name) ?? { kind: "symbol", name },
        (symbol) => point.get(symbol) ?? Number.NaN,
      ),
    );
    if (zero === false) return false;
    if (zero === true) found += 1;
  }
  return found >= (isNumber ? 1 : POINTS);
}

/** True or false when the point decides, else null. */
function isZeroAt(polynomial: Polynomial, at: (generator: string) => Approximation): boolean | null {
  const terms: Approximation[] = [];
  for (const { coefficient, factors } of polynomial.values()) {
    let term: Approximation = approximate({ kind: "number", value: coefficient }, () => Number.NaN);
    for (const [name, exponent] of factors) {
      if (exponent > MAX_POWER) return null;
      const base = at(name);
      for (let count = 0; count < exponent; count += 1) term = timesApproximately(term, base);
    }
    terms.push(term);
  }
  const sizes = terms.map(({ value }) => Math.abs(value));
  const scale = Math.max(...sizes);
  const error = terms.reduce((sum, one) => sum + one.error, 0) + terms.length * scale * 2 ** -50;
  const total = Math.abs(terms.reduce((sum, one) => sum + one.value, 0));
  if (!Number.isFinite(total) || !Number.isFinite(error)) return null;
  if (total > error) return false;
  return error < RESOLUTION * scale && Math.min(...sizes) > RESOLUTION * scale ? true : null;
}

/** Facts that the choice of points depends on. */
interface Facts {
  readonly symbols: Set<string>;
  /** Largest number in the formula, at least 1. */
  largest: number;
  /**
   * True for absolute values and for roots of even degree, which have corners or take the positive
   * of two values.
   */
  hasCorners: boolean;
}

function collect(node: Node, facts: Facts): void {
  switch (node.kind) {
    case "symbol":
      if (!isConstant(node.name)) facts.symbols.add(node.name);
      return;
    case "number":
      facts.largest = Math.max(
        facts.largest,
        Math.abs(Number(node.value.numerator) / Number(node.value.denominator)) || 1,
      );
      return;
    case "binary":
      collect(node.left, facts);
      collect(node.right, facts);
      return;
    case "root":
      facts.hasCorners ||= node.degree % 2 === 0;
      break;
    case "call":
      facts.hasCorners ||= node.name === "abs";
      break;
  }
  collect(node.of, facts);
}
