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

/**
 * A whole answer: a value, a chain of relations (`1 < x < 3`), or values in brackets (a tuple, an
 * interval or a set).
 */
export type Statement =
  | { readonly kind: "value"; readonly node: Node }
  | { readonly kind: "relation"; readonly items: readonly Node[]; readonly signs: readonly RelationSign[] }
  | {
      readonly kind: "group";
      readonly open: string;
      readonly close: string;
      readonly items: readonly Node[];
    };

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
} as const;
