import type { FunnelReason, FunnelStage } from "../../core/analysis/funnel.js";
import type { Refusal } from "../../core/records/task.js";

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
  document_licence: "licence of the document not allowed",
  document_opted_out: "document opted out of training",
  document_hidden_text: "document hides text",
  document_instructions: "document speaks to the model",
  document_secret: "document holds a secret",
  document_personal_data: "document holds personal data",
  document_quality: "document unfit to ask about",
  evidence_missing: "answer not in the document",
  off_focus: "answer outside the passage that was asked about",
  options_unlike: "options of another kind than the answer",
  options_length: "answer is the one long option",
  options_pattern: "answer stands out among the numbers",
  options_verbatim: "answer is the only option in the document",
  options_two_right: "a second option is right",
  subject_missing: "subject not named",
  document_reference: "speaks of “the text”",
  dangling_deixis: "points at nothing (“this country”)",
  answer_leak: "question gives the answer away",
  answer_kind: "answer is not what was asked for",
  not_derivable: "answer does not follow from its evidence",
  evidence_elsewhere: "evidence is another line than was asked about",
  ambiguous: "document holds a second answer",
  instructions: "speaks to the model",
  secret: "holds a secret",
  personal_data: "holds personal data",
  contaminated: "repeats an evaluation item",
  duplicate: "asked before",
  same_fact: "answer of this document asked for before",
  near_duplicate: "asked before in other words",
  over_cap: "document or answer used too often",
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
