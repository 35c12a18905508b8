import type { Node } from "./ast.js";

/** A number and a bound of its rounding error; NaN when nothing reliable is known. */
export interface Approximation {
  readonly value: number;
  readonly error: number;
}

const UNKNOWN: Approximation = { value: Number.NaN, error: Number.NaN };
/** Rounding error of one operation, with room for the last bits of the functions of `Math`. */
const ROUNDING = 2 ** -50;
/**
 * A summand that is smaller than this, relative to the other one, would vanish in later rounding:
 * sin(x + 1e-20) must not equal sin(x). The value of such a sum is unknown.
 */
const ABSORBED = 1e-8;
/**
 * When a function is flatter than this, relative to its value, a change of its argument cannot be
 * seen: cos(1e-8) is not 1.
 */
const FLAT = 1e-5;
/** Numbers with a larger numerator or denominator cannot be distinguished from their neighbors. */
const LARGEST = 10n ** 12n;

const CONSTANTS: ReadonlyMap<string, number> = new Map([
  ["e", Math.E],
  ["\u03c0", Math.PI],
]);

/** True when a symbol is a constant. */
export function isConstant(name: string): boolean {
  return CONSTANTS.has(name);
}

/** The value of a formula at a point, with its error bound. */
export function approximate(node: Node, valueAt: (symbol: string) => number): Approximation {
  const at = (one: Node) => approximate(one, valueAt);
  switch (node.kind) {
    case "number": {
      const { numerator, denominator } = node.value;
      if (numerator > LARGEST || numerator < -LARGEST || denominator > LARGEST) return UNKNOWN;
      return rounded(Number(numerator) / Number(denominator), 0);
    }
    case "symbol":
      return rounded(CONSTANTS.get(node.name) ?? valueAt(node.name), 0);
    case "negate": {
      const { value, error } = at(node.of);
      return { value: -value, error };
    }
    case "root":
      return rootOf(at(node.of), node.degree);
    case "call":
      return callOf(node.name, at(node.of));
    case "binary":
      return binary(node.operator, at(node.left), at(node.right));
  }
}

/** Product of two approximations. */
export function timesApproximately(a: Approximation, b: Approximation): Approximation {
  return rounded(
    a.value * b.value,
    Math.abs(a.value) * b.error + Math.abs(b.value) * a.error + a.error * b.error,
  );
}

function rounded(value: number, error: number): Approximation {
  return Number.isFinite(value) && Number.isFinite(error)
    ? { value, error: error + Math.abs(value) * ROUNDING }
    : UNKNOWN;
}

function binary(operator: string, a: Approximation, b: Approximation): Approximation {
  switch (operator) {
    case "+":
      return sum(a, b);
    case "-":
      return sum(a, { value: -b.value, error: b.error });
    case "*":
      return timesApproximately(a, b);
    case "/": {
      const least = Math.abs(b.value) - b.error;
      if (!(least > 0)) return UNKNOWN;
      const value = a.value / b.value;
      return rounded(value, (a.error + Math.abs(value) * b.error) / least);
    }
    default:
      return powerOf(a, b);
  }
}

function sum(a: Approximation, b: Approximation): Approximation {
  const [one, other] = [Math.abs(a.value), Math.abs(b.value)];
  if (Math.min(one, other) > 0 && Math.min(one, other) < ABSORBED * Math.max(one, other)) return UNKNOWN;
  return rounded(a.value + b.value, a.error + b.error);
}

function powerOf(a: Approximation, b: Approximation): Approximation {
  const value = a.value ** b.value;
  if (a.value > 0 && a.error < a.value) {
    const relative =
      (Math.abs(b.value) * a.error) / (a.value - a.error) + Math.abs(Math.log(a.value)) * b.error;
    return rounded(value, 2 * Math.abs(value) * relative);
  }
  if (!Number.isInteger(b.value) || a.value === 0) return UNKNOWN;
  return rounded(value, 2 * Math.abs(value) * Math.abs(b.value / a.value) * a.error);
}

function rootOf({ value, error }: Approximation, degree: number): Approximation {
  const size = Math.abs(value);
  if ((value < 0 && degree % 2 === 0) || !(size > 2 * error)) return UNKNOWN;
  const root =
    Math.sign(value) *
    (degree === 2 ? Math.sqrt(size) : degree === 3 ? Math.cbrt(size) : size ** (1 / degree));
  return rounded(root, (2 * Math.abs(root) * error) / (degree * size));
}

function callOf(name: string, { value, error }: Approximation): Approximation {
  /** @param slope bound of the derivative near the value */
  const smooth = (result: number, slope: number) =>
    Math.abs(slope * value) < FLAT * Math.abs(result)
      ? UNKNOWN
      : rounded(result, 2 * Math.abs(slope) * error + ROUNDING);
  switch (name) {
    case "sin":
      return smooth(Math.sin(value), Math.cos(value));
    case "cos":
      return smooth(Math.cos(value), Math.sin(value));
    case "tan":
      return smooth(Math.tan(value), 1 + Math.tan(value) ** 2);
    case "cot":
      return smooth(1 / Math.tan(value), 1 + Math.tan(value) ** -2);
    case "sec":
      return smooth(1 / Math.cos(value), Math.sin(value) / Math.cos(value) ** 2);
    case "csc":
      return smooth(1 / Math.sin(value), Math.cos(value) / Math.sin(value) ** 2);
    case "asin":
      return smooth(Math.asin(value), 1 / Math.sqrt(1 - value * value));
    case "acos":
      return smooth(Math.acos(value), 1 / Math.sqrt(1 - value * value));
    case "atan":
      return smooth(Math.atan(value), 1 / (1 + value * value));
    case "sinh":
      return smooth(Math.sinh(value), Math.cosh(value));
    case "cosh":
      return smooth(Math.cosh(value), Math.sinh(value));
    case "tanh":
      return smooth(Math.tanh(value), 1 - Math.tanh(value) ** 2);
    case "abs":
      return { value: Math.abs(value), error };
    case "floor":
    case "ceil":
    case "factorial":
      return UNKNOWN;
    default:
      return value > 2 * error
        ? smooth(Math.log(value) / logBase(name), 1 / (value * logBase(name)))
        : UNKNOWN;
  }
}

/** Base of `ln`, `log` (10) and `log_2`; NaN for other names, which makes the value unknown. */
function logBase(name: string): number {
  if (name === "ln") return 1;
  if (name === "log") return Math.LN10;
  return name.startsWith("log_") ? Math.log(Number(name.slice(4))) : Number.NaN;
}
