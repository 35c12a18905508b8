import type { Rational } from "../rational.js";

/** A formula with a value. */
export type Node =
  | { readonly kind: "number"; readonly value: Rational }
  | { readonly kind: "symbol"; readonly name: string }
  | { readonly kind: "negate"; readonly of: Node }
  | { readonly kind: "binary"; readonly operator: Operator; readonly left: Node; readonly right: Node }
  /** The `degree`-th root: real for odd degrees and negative numbers. */
  | { readonly kind: "root"; readonly degree: number; readonly of: Node }
  | { readonly kind: "call"; readonly name: string; readonly of: Node };

export type Operator = "+" | "-" | "*" | "/" | "^";

/** What a whole answer may be: a value, a chain of relations (`1 < x < 3`), or values in brackets (a tuple, interval, set). */
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
 * Bounds that hold before anything is evaluated; what exceeds one is not read. Answers are short (`MAX_ANSWER_LENGTH`), so these
 * stop what is short to write and long to compute (decision 9).
 */
export const LIMITS = {
  nodes: 512,
  depth: 32,
  /** Digits of one number, written or computed. */
  digits: 4096,
  /** Whole-number exponents that are multiplied out. */
  exponent: 4096,
  /** Largest n of n! */
  factorial: 200,
} as const;
