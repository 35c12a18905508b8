import { divide, isInteger, negate, type Rational, rational } from "../rational.js";
import { approximate } from "./approximate.js";
import { LIMITS, type Node } from "./ast.js";
import { knownValue, opposite } from "./known-values.js";
import {
  type Budget,
  constant,
  constantOf,
  generator,
  keyOf,
  minus,
  ONE,
  type Polynomial,
  PRIME_ROOT,
  plus,
  power,
  times,
  ZERO,
} from "./polynomial.js";
import { splitRoot } from "./roots.js";

/**
 * A quotient of polynomials over Q. Generators are symbols, roots of primes, and everything that is
 * no sum, product or whole power (`sin(x)`, `2^n`). Such a generator is named by the normal form of
 * its argument.
 */
export interface Form {
  readonly top: Polynomial;
  readonly bottom: Polynomial;
}

/**
 * State of a comparison: the remaining budget, and the formula behind each generator that is no
 * symbol.
 */
export interface Context {
  readonly budget: Budget;
  readonly generators: Map<string, Node>;
}

type PowerNode = Extract<Node, { kind: "binary" }>;

/** Largest power of a sum that is multiplied out. Higher powers are compared as powers. */
const MAX_EXPANDED = 16;
const MAX_DEGREE = 64n;
/** Largest value that is rounded down or up from an approximation. */
const LARGEST_ROUNDED = 1e9;
/** Longest name of a generator. Names of nested functions contain each other. */
const MAX_NAME = 4096;
/** Name of the term of infinity. Infinity stands in intervals and cannot be calculated with. */
const INFINITY = "\u221e^1";

/**
 * The normal form; null when the formula is undefined (1/0, the square root of -1) or exceeds the
 * budget.
 */
export function normalForm(node: Node, context: Context): Form | null {
  switch (node.kind) {
    case "number":
      return whole(constant(node.value));
    case "symbol":
      return whole(generator(node.name));
    case "negate": {
      const of = normalForm(node.of, context);
      return of === null ? null : { top: minus(of.top), bottom: of.bottom };
    }
    case "root": {
      const of = normalForm(node.of, context);
      return of === null || isInfinite(of) ? null : rootOf(of, node.degree, node.of, context);
    }
    case "call":
      return callOf(node, context);
    case "binary": {
      const left = normalForm(node.left, context);
      const right = left === null ? null : normalForm(node.right, context);
      if (left === null || right === null) return null;
      if (isInfinite(left) || isInfinite(right)) return null;
      if (node.operator === "^") return powerOf(node, left, right, context);
      return combine(node.operator, left, right, context.budget);
    }
  }
}

/** The numerator of the difference of two forms: empty for equal forms; null above the budget. */
export function difference(one: Form, other: Form, budget: Budget): Polynomial | null {
  const [a, b] = [times(one.top, other.bottom, budget), times(other.top, one.bottom, budget)];
  return a === null || b === null ? null : plus(a, minus(b));
}

function combine(operator: "+" | "-" | "*" | "/", left: Form, right: Form, budget: Budget): Form | null {
  const bottom = (other: Polynomial) => times(left.bottom, other, budget);
  switch (operator) {
    case "*":
      return quotient(times(left.top, right.top, budget), bottom(right.bottom));
    case "/":
      return quotient(times(left.top, right.bottom, budget), bottom(right.top));
    default: {
      const second = operator === "-" ? minus(right.top) : right.top;
      const [a, b] = [times(left.top, right.bottom, budget), times(second, left.bottom, budget)];
      return a === null || b === null ? null : quotient(plus(a, b), bottom(right.bottom));
    }
  }
}

function quotient(top: Polynomial | null, bottom: Polynomial | null): Form | null {
  if (top === null || bottom === null || bottom.size === 0) return null;
  if (top.size === 0) return whole(ZERO);
  const divisor = constantOf(bottom);
  if (divisor === null) return { top, bottom };
  const inverse = divide(rational(1n), divisor);
  const scaled =
    inverse === null ? null : times(top, constant(inverse), { products: Number.POSITIVE_INFINITY });
  return scaled === null ? null : whole(scaled);
}

function whole(top: Polynomial): Form {
  return { top, bottom: ONE };
}

function isInfinite({ top }: Form): boolean {
  return top.has(INFINITY);
}

function rationalOf({ top, bottom }: Form): Rational | null {
  return bottom === ONE ? constantOf(top) : null;
}

function powerOf(node: PowerNode, base: Form, exponent: Form, context: Context): Form | null {
  const value = rationalOf(exponent);
  if (value === null) return opaque(`pow(${formKey(base)};${formKey(exponent)})`, node, context);
  if (value.denominator > MAX_DEGREE) return null;
  const degree = Number(value.denominator);
  const size = value.numerator < 0n ? -value.numerator : value.numerator;
  if (size > BigInt(LIMITS.exponent)) return null;
  if (degree > 1 && (rationalOf(base)?.numerator ?? 0n) < 0n) return null;
  const root = degree === 1 ? base : rootOf(base, degree, node.left, context);
  // 0^-1 has no value, and books do not agree about 0^0.
  if (root === null || (value.numerator <= 0n && root.top.size === 0)) return null;
  const flipped = value.numerator < 0n ? { top: root.bottom, bottom: root.top } : root;
  return raise(flipped, Number(size), node, context);
}

function raise(base: Form, exponent: number, node: Node, context: Context): Form | null {
  const { top, bottom } = base;
  if (exponent > MAX_EXPANDED && (top.size > 1 || bottom.size > 1)) {
    return opaque(`pow(${formKey(base)};${exponent})`, node, context);
  }
  // The size of a power of a number is checked before the power is computed.
  for (const { coefficient } of [...top.values(), ...bottom.values()]) {
    const digits = Math.max(String(coefficient.numerator).length, String(coefficient.denominator).length);
    if ((digits - 1) * exponent > LIMITS.digits) return null;
  }
  return quotient(power(top, exponent, context.budget), power(bottom, exponent, context.budget));
}

function rootOf(of: Form, degree: number, node: Node, context: Context): Form | null {
  const value = rationalOf(of);
  if (value === null)
    return opaque(`root(${degree};${formKey(of)})`, { kind: "root", degree, of: node }, context);
  if (value.numerator === 0n) return whole(ZERO);
  if (value.numerator < 0n) {
    if (degree % 2 === 0) return null;
    const positive = rootOf(
      whole(constant(negate(value))),
      degree,
      { kind: "number", value: negate(value) },
      context,
    );
    return positive === null ? null : { top: minus(positive.top), bottom: positive.bottom };
  }
  // The root of a/b is the root of a b^(degree - 1), divided by b.
  if (value.denominator > 1_000_000n || value.numerator > 1_000_000n)
    return opaqueRoot(value, degree, context);
  const split = splitRoot(value.numerator, degree);
  const under = splitRoot(value.denominator, degree);
  if (split === null || under === null) return null;
  const [top, bottom] = [split, under].map(({ outside, inside }) =>
    inside.reduce<Polynomial | null>(
      (product, [prime, exponent]) => {
        const name = `${PRIME_ROOT}${degree}:${prime}`;
        context.generators.set(name, {
          kind: "root",
          degree,
          of: { kind: "number", value: rational(prime) },
        });
        const factor = power(generator(name), exponent, context.budget);
        return product === null || factor === null ? null : times(product, factor, context.budget);
      },
      constant(rational(outside)),
    ),
  );
  return quotient(top ?? null, bottom ?? null);
}

function opaqueRoot(value: Rational, degree: number, context: Context): Form | null {
  return opaque(
    `root(${degree};${value.numerator}/${value.denominator})`,
    { kind: "root", degree, of: { kind: "number", value } },
    context,
  );
}

function callOf(node: Extract<Node, { kind: "call" }>, context: Context): Form | null {
  const of = normalForm(node.of, context);
  if (of === null || isInfinite(of)) return null;
  if (node.name === "factorial") {
    const value = rationalOf(of);
    if (value !== null) return factorial(value);
  }
  if (node.name === "abs") {
    const value = rationalOf(of);
    if (value !== null) return whole(constant(value.numerator < 0n ? negate(value) : value));
  }
  if (node.name === "floor" || node.name === "ceil") {
    const value = rationalOf(of);
    if (value !== null) return whole(constant(rational(rounded(node.name, value))));
    const near = approximate(node.of, () => Number.NaN);
    const part = Math.abs(near.value - Math.round(near.value));
    // Next to a whole number, rounding would decide.
    if (Math.abs(near.value) < LARGEST_ROUNDED && part > Math.max(1e-6, 2 * near.error)) {
      const rounding = node.name === "floor" ? Math.floor : Math.ceil;
      return whole(constant(rational(BigInt(rounding(near.value)))));
    }
  }
  if (node.name === "exp") {
    const asPower: PowerNode = {
      kind: "binary",
      operator: "^",
      left: { kind: "symbol", name: "e" },
      right: node.of,
    };
    return powerOf(asPower, whole(generator("e")), of, context);
  }
  const known = knownValue(node.name, of.top, of.bottom);
  if (known !== null) return whole(constant(known));
  const turned = opposite(node.name, of.top);
  if (turned === null) return opaque(`${node.name}(${formKey(of)})`, node, context);
  const name = `${node.name}(${formKey({ ...of, top: turned.argument })})`;
  const call = opaque(name, { ...node, of: { kind: "negate", of: node.of } }, context);
  return call === null || turned.sign > 0 ? call : { top: minus(call.top), bottom: call.bottom };
}

function rounded(name: "floor" | "ceil", { numerator, denominator }: Rational): bigint {
  const down = numerator / denominator - (numerator % denominator < 0n ? 1n : 0n);
  return name === "floor" || numerator % denominator === 0n ? down : down + 1n;
}

function factorial(value: Rational): Form | null {
  if (!isInteger(value) || value.numerator < 0n || value.numerator > BigInt(LIMITS.factorial)) return null;
  let product = 1n;
  for (let factor = 2n; factor <= value.numerator; factor += 1n) product *= factor;
  return whole(constant(rational(product)));
}

function opaque(name: string, node: Node, { generators }: Context): Form | null {
  if (name.length > MAX_NAME) return null;
  generators.set(name, node);
  return whole(generator(name));
}

function formKey({ top, bottom }: Form): string {
  return bottom === ONE ? keyOf(top) : `${keyOf(top)}//${keyOf(bottom)}`;
}
