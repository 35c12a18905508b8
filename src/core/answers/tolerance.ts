import type { AnswerPolicy } from "../records/answer.js";
import {
  atMost,
  isInteger,
  magnitude,
  multiply,
  parseRational,
  type Rational,
  rational,
} from "./rational.js";

/** Relative tolerance of a fraction, which has no last decimal (docs/verification.md). */
const FRACTION = rational(1n, 1_000_000n);
/**
 * Largest tolerance that a task may declare, relative to its gold answer. With a larger tolerance,
 * almost any answer would be right.
 */
const LARGEST = rational(1n, 10n);
const HALF = rational(1n, 2n);

/**
 * The declared tolerance in the unit of the gold answer; null without a declaration; `invalid` when
 * it cannot be read or is too large.
 */
export function declaredTolerance(gold: Rational, { tolerance }: AnswerPolicy): Rational | null | "invalid" {
  if (tolerance === undefined) return null;
  const read = parseRational(tolerance);
  if (read === null || read.numerator < 0n) return "invalid";
  const size = magnitude(gold);
  const absolute = tolerance.includes("%") ? multiply(size, read) : read;
  return atMost(absolute, multiply(size, LARGEST)) ? absolute : "invalid";
}

/**
 * The tolerance without a declaration: half of the last decimal, 0 for whole gold answers, a
 * millionth for fractions.
 */
export function defaultTolerance(gold: Rational, step: Rational | null): Rational {
  if (step !== null) return multiply(step, HALF);
  return isInteger(gold) ? rational(0n) : multiply(magnitude(gold), FRACTION);
}
