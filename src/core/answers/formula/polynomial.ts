import { add, multiply, negate, type Rational, rational } from "../rational.js";

type Factor = readonly [generator: string, exponent: number];
/** A power product of generators, sorted by name. */
type Factors = readonly Factor[];

export interface Term {
  readonly factors: Factors;
  readonly coefficient: Rational;
}

/**
 * A polynomial over Q in named generators: terms by the name of their power product. No coefficient
 * is 0.
 */
export type Polynomial = ReadonlyMap<string, Term>;

/** Remaining work of one comparison. Work above the budget gives null, which is never `correct`. */
export interface Budget {
  /** Remaining products of two terms. A comparison of exam answers needs some hundreds. */
  products: number;
}

const MAX_TERMS = 256;
const MAX_DEGREE = 4096;
/**
 * Limits of a coefficient: about 4,096 digits (`LIMITS.digits`) for a single term, and less for one
 * of several terms, because long sums are slow.
 */
const ALONE = [1n << 13_600n, -(1n << 13_600n)] as const;
const IN_SUM = [1n << 512n, -(1n << 512n)] as const;

/** Prefix of the generators for roots of primes: `root:3:2` is the cube root of 2. */
export const PRIME_ROOT = "root:";

export const ZERO: Polynomial = new Map();

export function constant(value: Rational): Polynomial {
  return value.numerator === 0n ? ZERO : new Map([["", { factors: [], coefficient: value }]]);
}

export const ONE: Polynomial = constant(rational(1n));

export function generator(name: string): Polynomial {
  return new Map([[`${name}^1`, { factors: [[name, 1]], coefficient: rational(1n) }]]);
}

export function plus(a: Polynomial, b: Polynomial): Polynomial | null {
  const sum = new Map(a);
  for (const [key, term] of b) include(sum, key, term);
  return fits(sum);
}

export function minus(a: Polynomial): Polynomial {
  return new Map([...a].map(([key, term]) => [key, { ...term, coefficient: negate(term.coefficient) }]));
}

export function times(a: Polynomial, b: Polynomial, budget: Budget): Polynomial | null {
  budget.products -= a.size * b.size;
  if (budget.products < 0) return null;
  const product = new Map<string, Term>();
  for (const one of a.values()) {
    for (const other of b.values()) {
      const term = join(one, other);
      if (term === null) return null;
      include(product, nameOf(term.factors), term);
    }
  }
  return fits(product);
}

/** @param exponent whole, at least 0 */
export function power(base: Polynomial, exponent: number, budget: Budget): Polynomial | null {
  let result: Polynomial | null = ONE;
  let square: Polynomial | null = base;
  for (let left = exponent; left > 0 && result !== null; left = Math.floor(left / 2)) {
    if (square === null) return null;
    if (left % 2 === 1) result = times(result, square, budget);
    if (left > 1) square = times(square, square, budget);
  }
  return result;
}

/** The value of a polynomial without generators; null for others. */
export function constantOf(polynomial: Polynomial): Rational | null {
  if (polynomial.size === 0) return rational(0n);
  const [only] = polynomial.values();
  return polynomial.size === 1 && only?.factors.length === 0 ? only.coefficient : null;
}

/** A text that is equal for equal polynomials. */
export function keyOf(polynomial: Polynomial): string {
  return [...polynomial]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, { coefficient }]) => `${coefficient.numerator}/${coefficient.denominator}${key}`)
    .join("+");
}

/**
 * The number that gives the first polynomial when the second is multiplied by it; null when there
 * is none.
 */
export function ratioOf(one: Polynomial, other: Polynomial): Rational | null {
  if (one.size !== other.size || one.size === 0) return null;
  let ratio: Rational | null = null;
  for (const [key, { coefficient: top }] of one) {
    const bottom = other.get(key)?.coefficient;
    if (bottom === undefined) return null;
    const next = rational(top.numerator * bottom.denominator, top.denominator * bottom.numerator);
    if (ratio !== null && (ratio.numerator !== next.numerator || ratio.denominator !== next.denominator))
      return null;
    ratio = next;
  }
  return ratio;
}

function include(sum: Map<string, Term>, key: string, term: Term): void {
  const present = sum.get(key);
  const coefficient = present === undefined ? term.coefficient : add(present.coefficient, term.coefficient);
  if (coefficient.numerator === 0n) sum.delete(key);
  else sum.set(key, { factors: term.factors, coefficient });
}

function fits(polynomial: Polynomial): Polynomial | null {
  if (polynomial.size > MAX_TERMS) return null;
  const [most, least] = polynomial.size > 1 ? IN_SUM : ALONE;
  for (const { coefficient } of polynomial.values()) {
    const { numerator, denominator } = coefficient;
    if (numerator > most || numerator < least || denominator > most) return null;
  }
  return polynomial;
}

function nameOf(factors: Factors): string {
  let name = "";
  for (const [factor, exponent] of factors) name += `${factor}^${exponent}`;
  return name;
}

/**
 * Product of two terms: their sorted factors are merged, exponents are added, and whole powers of
 * prime roots are multiplied out.
 */
function join(one: Term, other: Term): Term | null {
  let coefficient = multiply(one.coefficient, other.coefficient);
  const factors: (readonly [string, number])[] = [];
  const [left, right] = [one.factors, other.factors];
  for (let i = 0, j = 0; i < left.length || j < right.length; ) {
    const [a, b] = [left[i], right[j]];
    if (b === undefined || (a !== undefined && a[0] < b[0])) {
      factors.push(a as Factor);
      i += 1;
    } else if (a === undefined || b[0] < a[0]) {
      factors.push(b);
      j += 1;
    } else {
      const reduced = reduce(a[0], a[1] + b[1]);
      if (reduced === null) return null;
      coefficient = reduced.outside === null ? coefficient : multiply(coefficient, reduced.outside);
      if (reduced.exponent > 0) factors.push([a[0], reduced.exponent]);
      i += 1;
      j += 1;
    }
  }
  return { factors, coefficient };
}

function reduce(name: string, exponent: number): { exponent: number; outside: Rational | null } | null {
  if (exponent > MAX_DEGREE) return null;
  if (!name.startsWith(PRIME_ROOT)) return { exponent, outside: null };
  const [, degree = "2", prime = "1"] = name.split(":");
  const whole = Math.floor(exponent / Number(degree));
  return { exponent: exponent - whole * Number(degree), outside: rational(BigInt(prime) ** BigInt(whole)) };
}
