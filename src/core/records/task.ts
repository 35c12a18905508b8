import type { AnswerPolicy, AnswerType, FreeAnswerType } from "./answer.js";

/**
 * What the Challenger is asked for: the format is drawn or chosen once per document, so a group shares one
 * prompt.
 */
export type TaskFormat =
  | { readonly kind: "mcq" }
  | { readonly kind: "free"; readonly answerType: FreeAnswerType };

/** What a parser read out of a proposal: well-formed, not yet admitted. */
export interface Candidate {
  readonly question: string;
  /** Gold answer; for `mcq` the text of the right option, never a letter. */
  readonly answer: string;
  readonly answerType: AnswerType;
  /** What the type leaves open: tolerance, unit, aliases, ... Absent where nothing is declared. */
  readonly policy?: AnswerPolicy;
  /** `mcq` only: the options as written, the right one among them. Empty otherwise. */
  readonly options: readonly string[];
  /**
   * Passages that the Challenger says support the answer. May be empty when the preset does not ask for them.
   */
  readonly quotes: readonly string[];
}

/** SHA-256 of a text, hex. Injected by the caller, because core is free of Node's modules. */
export type Hash = (text: string) => string;

/** A proposal that parsed and passed admission. */
export interface Task extends Candidate {
  /**
   * SHA-256 of question, answer type, sorted options, gold answer and its policy, hex, 32 digits: proposals that ask the same and
   * mean the same answer have equal ids.
   */
  readonly id: string;
  readonly segmentId: string;
  /**
   * `mcq` only: the options in the order the Reasoner sees them, shuffled by us. Letters follow this order.
   */
  readonly shuffled: readonly string[];
  /** Where the answer or quote stands in the segment, in code units. */
  readonly evidence: { readonly start: number; readonly end: number };
}

/**
 * What admission can find, in the order it is checked (docs/admission.md has the table). The first four and `siblings` are always on;
 * each other one has a severity.
 */
export const ADMISSION_CODES = [
  "options_count",
  "options_duplicate",
  "options_without_answer",
  "options_unusable",
  "document_licence",
  "document_opted_out",
  "document_hidden_text",
  "document_instructions",
  "document_secret",
  "document_personal_data",
  "document_quality",
  "evidence_missing",
  "off_focus",
  "options_unlike",
  "options_length",
  "options_pattern",
  "options_verbatim",
  "options_two_right",
  "subject_missing",
  "document_reference",
  "dangling_deixis",
  "answer_leak",
  "answer_kind",
  "not_derivable",
  "evidence_elsewhere",
  "ambiguous",
  "instructions",
  "secret",
  "personal_data",
  "contaminated",
  "duplicate",
  "same_fact",
  "near_duplicate",
  "over_cap",
] as const;

/** A finding of admission: the reason of a refusal, or, where the check only counts, a note on the proposal. */
export type AdmissionCode = (typeof ADMISSION_CODES)[number];

/** Why a proposal did not become a task. Parse reasons first, then admission in the order it is checked. */
export const REFUSALS = [
  "truncated",
  "unparsable",
  "missing_field",
  "bad_type",
  "too_long",
  ...ADMISSION_CODES,
  "guessable",
  "open_book_failed",
  "paraphrase_failed",
  "infrastructure",
] as const;

export type Refusal = (typeof REFUSALS)[number];

export type ParseResult =
  | { readonly ok: true; readonly candidate: Candidate }
  | { readonly ok: false; readonly refusal: Refusal; readonly detail: string };
