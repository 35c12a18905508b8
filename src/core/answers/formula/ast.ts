import type { Rational } from "../rational.js";

/** A formula with a value. */
export type Node =
  | { readonly kind: "number"; readonly value: Rational }
  | { readonly kind: "symbol"; readonly name: string }
  | { readonly kind: "negate"; readonly of: Node }
  | { readonly kind: "binary"; readonly operator: Operator; readonly left: Node; readonly right: Node }
  /** The `degree`-th root. For odd degrees and negative numbers, the real root. */
  | { readonly kind: "root"; readonly degree: number; readonly of: Node }
  | { readonly kind: "call"; readonly name: string; readonly of: Node };

export type Operator = "+" | "-" | "*" | "/" | "^";

/** One part of the number line. An end at infinity is the symbol `\u221e` or its opposite. */
export interface Interval {
  readonly low: Node;
  readonly high: Node;
  readonly closedLow: boolean;
  readonly closedHigh: boolean;
}

/**
 * A whole answer: a value, a chain of relations (`1 < x < 3`), answers in brackets (a tuple, an
 * interval or a set), a matrix, a union of intervals, or several solutions without brackets.
 */
export type Statement =
  | { readonly kind: "value"; readonly node: Node }
  | { readonly kind: "relation"; readonly items: readonly Node[]; readonly signs: readonly RelationSign[] }
  | {
      readonly kind: "group";
      readonly open: string;
      readonly close: string;
      readonly items: readonly Statement[];
    }
  | { readonly kind: "matrix"; readonly rows: readonly (readonly Node[])[] }
  /** `variable` is null when the text does not name it: `(0, 1) \cup (2, 3)`. */
  | { readonly kind: "region"; readonly variable: string | null; readonly parts: readonly Interval[] }
  | { readonly kind: "solutions"; readonly items: readonly Statement[] };

export type RelationSign = "=" | "!=" | "<" | "<=" | ">" | ">=";

/**
 * Limits that are checked before anything is evaluated. A formula above a limit is not read.
 * Answers are short (`MAX_ANSWER_LENGTH`), so these limits stop formulas that are short to write
 * and long to compute (decision 9).
 */
export const LIMITS = {
  nodes: 512,
  depth: 32,
  /** Digits of one number, written or computed. */
  digits: 4096,
  /** Largest whole exponent that is multiplied out. */
  exponent: 4096,
  /** Largest n of n! */
  factorial: 200,
  /** Rows and columns of a matrix. */
  matrix: 8,
  /** Largest k of a binomial that is multiplied out. */
  binomial: 16,
  /** Answers in brackets, solutions and intervals of a union. */
  items: 32,
} as const;
