/**
 * Types of a free answer, in the order of docs/verification.md. The paper (section 2.2, appendix E)
 * has `integer`, `expression` and `string`.
 */
export const FREE_ANSWER_TYPES = [
  "integer",
  "number",
  "quantity",
  "expression",
  "string",
  "date",
  "boolean",
  "list",
  "set",
] as const;

/** A type of answer that the Reasoner writes as text. Multiple choice is the other case. */
export type FreeAnswerType = (typeof FREE_ANSWER_TYPES)[number];

/** Type of an answer. `mcq` is multiple choice. */
export type AnswerType = "mcq" | FreeAnswerType;

/** All answer types: multiple choice, and the free types. */
export const ANSWER_TYPES: readonly AnswerType[] = ["mcq", ...FREE_ANSWER_TYPES];

/** Types of the elements of a list or a set. */
export type ElementType = Exclude<FreeAnswerType, "list" | "set">;

/** True for a type that the elements of a list or a set can have. */
export const isElementType = (type: FreeAnswerType): type is ElementType => type !== "list" && type !== "set";

/** Precision of a date, coarsest first. */
export const DATE_PRECISIONS = ["year", "month", "day"] as const;
export type DatePrecision = (typeof DATE_PRECISIONS)[number];

/**
 * Rules for comparing an answer with the gold answer, declared with the task. All fields are
 * optional, so that old tasks without comparison rules can still be read. A type ignores the fields
 * that it does not use (docs/verification.md).
 */
export interface AnswerPolicy {
  /**
   * `number`, `quantity`: allowed difference, at most a tenth of the gold answer. `"0.5"` is in the
   * unit of the gold answer, `"1%"` is relative to it. Default: half a unit of the last decimal of
   * the gold answer; 0 for a whole number; 1e-6 of a fraction.
   */
  readonly tolerance?: string;
  /** `quantity`: unit of a gold answer that is written without a unit. */
  readonly unit?: string;
  /**
   * `quantity`: `required` (default) refuses an answer without a unit, `optional` reads it in the
   * unit of the gold answer.
   */
  readonly unitInAnswer?: "required" | "optional";
  /**
   * `number`, `quantity`: `scaled` reads 5% as 0.05 (default of `number`), `required` keeps 5% and
   * 5 apart (default of `quantity`), `ignored` reads 5% as 5.
   */
  readonly percent?: "required" | "ignored" | "scaled";
  /**
   * Numbers: `point` reads 1,234.5 (default), `comma` 1.234,5. Spaces separate thousands in both.
   */
  readonly decimal?: "point" | "comma";
  /** `string`: other texts that are also right. */
  readonly aliases?: readonly string[];
  /** `date`: precision that is asked for. Default: the precision of the gold answer. */
  readonly precision?: DatePrecision;
  /**
   * `date`: an answer with more than was asked for is `accepted` where it agrees with the gold
   * answer (default), or `wrong`.
   */
  readonly finerDate?: "wrong" | "accepted";
  /** `list`, `set`: type of the elements. Default: `string`. */
  readonly elements?: ElementType;
  /** `list`: `fixed` (default) or `any` order. A set has no order. */
  readonly order?: "fixed" | "any";
}

/**
 * Verdict about one attempt. Attempts with `infrastructure` were lost by the engine and are never
 * part of a pass rate.
 */
export type Verdict = "correct" | "wrong" | "unparsable" | "infrastructure";
