import type { FunnelReason, FunnelStage } from "../core/funnel.js";
import type { Refusal } from "../core/task.js";

/** What each refusal means, in a few words. */
export const REFUSAL_TEXT: Readonly<Record<Refusal, string>> = {
  truncated: "cut off at the token limit",
  unparsable: "not in the asked form",
  missing_field: "a part is missing",
  bad_type: "answer of the wrong type",
  too_long: "too long",
  options_count: "not four options",
  options_duplicate: "two options alike",
  options_without_answer: "answer not among the options",
  options_unusable: "options that cannot be told apart or used",
  options_unlike: "options of another kind than the answer",
  evidence_missing: "answer not in the document",
  off_focus: "answer outside the passage that was asked about",
  subject_missing: "subject not named",
  document_reference: "speaks of “the text”",
  answer_leak: "question gives the answer away",
  duplicate: "asked before",
  guessable: "the answer can be guessed without the question or its subject",
  paraphrase_failed: "asked in other words, the document gives another answer",
  open_book_failed: "not answerable with the document",
  infrastructure: "lost by the engine",
};

/** What every way to end means, in a few words. */
export const REASON_TEXT: Readonly<Record<FunnelReason, string>> = {
  ...REFUSAL_TEXT,
  not_graded: "all attempts lost by the engine",
  never_right: "no blind attempt was right",
  always_right: "every blind attempt was right",
};

/** What passing a stage means. */
export const STAGE_TEXT: Readonly<Record<FunnelStage, string>> = {
  engine: "written to its end",
  form: "read as a proposal",
  checks: "passed the pure checks",
  memory: "not asked before",
  model: "passed the model's checks: admitted",
  attempts: "answered, or outside the group",
  difficulty: "neither too easy nor too hard",
};
