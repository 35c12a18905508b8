/** How a question is answered (paper.md 3.1). */
export const ANSWER_TYPES = ["mcq", "integer", "expression", "string"] as const;

export type AnswerType = (typeof ANSWER_TYPES)[number];

/**
 * What the Challenger is asked for: the format is drawn or chosen once per document, so a group shares one
 * prompt.
 */
export type TaskFormat =
  | { readonly kind: "mcq" }
  | { readonly kind: "free"; readonly answerType: "integer" | "expression" | "string" };

/** What a parser read out of a proposal: well-formed, not yet admitted. */
export interface Candidate {
  readonly question: string;
  /** Gold answer; for `mcq` the text of the right option, never a letter. */
  readonly answer: string;
  readonly answerType: AnswerType;
  /** `mcq` only: the options as written, the right one among them. Empty otherwise. */
  readonly options: readonly string[];
  /**
   * Passages that the Challenger says support the answer. May be empty when the preset does not ask for them.
   */
  readonly quotes: readonly string[];
}

/** A proposal that parsed and passed admission. */
export interface Task extends Candidate {
  /** SHA-256 of question, answer type and sorted options, hex, 32 digits: equal questions have equal ids. */
  readonly id: string;
  readonly segmentId: string;
  /**
   * `mcq` only: the options in the order the Reasoner sees them, shuffled by us. Letters follow this order.
   */
  readonly shuffled: readonly string[];
  /** Where the answer or quote stands in the segment, in code units. */
  readonly evidence: { readonly start: number; readonly end: number };
}

/** Why a proposal did not become a task. Parse reasons first, then admission in the order it is checked. */
export const REFUSALS = [
  "truncated",
  "unparsable",
  "missing_field",
  "bad_type",
  "too_long",
  "options_count",
  "options_duplicate",
  "options_without_answer",
  "options_unusable",
  "options_unlike",
  "evidence_missing",
  "off_focus",
  "subject_missing",
  "document_reference",
  "answer_leak",
  "duplicate",
  "guessable",
  "open_book_failed",
  "paraphrase_failed",
  "infrastructure",
] as const;

export type Refusal = (typeof REFUSALS)[number];

export type ParseResult =
  | { readonly ok: true; readonly candidate: Candidate }
  | { readonly ok: false; readonly refusal: Refusal; readonly detail: string };
