/**
 * Types of a free answer, in the order of docs/verification.md. The paper (section 2.2, appendix E) has `integer`,
 * `expression` and `string`.
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

/** A type of answer that is written out, not picked. */
export type FreeAnswerType = (typeof FREE_ANSWER_TYPES)[number];

/** How a question is answered. */
export type AnswerType = "mcq" | FreeAnswerType;

/** How a question is answered: picked, or written out. */
export const ANSWER_TYPES: readonly AnswerType[] = ["mcq", ...FREE_ANSWER_TYPES];

/** What a list or set may hold. */
export type ElementType = Exclude<FreeAnswerType, "list" | "set">;

/** How much of a date is asked for, coarsest first. */
export const DATE_PRECISIONS = ["year", "month", "day"] as const;
export type DatePrecision = (typeof DATE_PRECISIONS)[number];

/**
 * What the gold answer's type leaves open, declared with the task. Plain data; every field is optional, so that tasks recorded
 * before there were policies still read. A field that a type does not use is ignored (docs/verification.md).
 */
export interface AnswerPolicy {
  /**
   * `number`, `quantity`: how far an answer may be off, at most a tenth of the gold. `"0.5"` is in the gold's own unit, `"1%"` of
   * the gold. Default: half a unit of the gold's last decimal; nothing for a whole gold; 1e-6 of it for a fraction.
   */
  readonly tolerance?: string;
  /** `quantity`: unit of a gold that is written without one. */
  readonly unit?: string;
  /** `quantity`: whether an answer must name its unit (default), or may leave out the gold's. */
  readonly unitInAnswer?: "required" | "optional";
  /**
   * `number`, `quantity`: `scaled` reads 5% as 0.05 (default of `number`), `required` keeps 5% and 5 apart (default of
   * `quantity`), `ignored` reads 5% as 5.
   */
  readonly percent?: "required" | "ignored" | "scaled";
  /** Numbers: `point` reads 1,234.5 (default), `comma` 1.234,5. Spaces separate thousands in both. */
  readonly decimal?: "point" | "comma";
  /** `string`: other texts that are as right as the gold. */
  readonly aliases?: readonly string[];
  /** `date`: what is asked for. Default: as much as the gold says. */
  readonly precision?: DatePrecision;
  /** `date`: whether more than was asked for is `wrong` (default), or `accepted` where it agrees with the gold. */
  readonly finerDate?: "wrong" | "accepted";
  /** `list`, `set`: type of the elements. Default: `string`. */
  readonly elements?: ElementType;
  /** `list`: `fixed` (default), or `any` order. A set has none. */
  readonly order?: "fixed" | "any";
}

/** Outcome of one attempt. `infrastructure` never enters a pass rate. */
export type Verdict = "correct" | "wrong" | "unparsable" | "infrastructure";
