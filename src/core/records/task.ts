import type { AnswerPolicy, AnswerType, FreeAnswerType } from "./answer.js";
import type { ReasonCode } from "./finding.js";

/**
 * What the Challenger is asked for. The format is picked or chosen once for a document, so all
 * proposals of a group have the same prompt.
 */
export type TaskFormat =
  | { readonly kind: "mcq" }
  | { readonly kind: "free"; readonly answerType: FreeAnswerType };

/** The result of parsing a proposal. No check has examined it. */
export interface Candidate {
  readonly question: string;
  /** Gold answer; for `mcq` the text of the right option, never a letter. */
  readonly answer: string;
  readonly answerType: AnswerType;
  /** Comparison rules: tolerance, unit, aliases and others. Absent when none are declared. */
  readonly policy?: AnswerPolicy;
  /** `mcq` only: the options as written, the right one among them. Empty otherwise. */
  readonly options: readonly string[];
  /**
   * Passages that the Challenger says support the answer. May be empty when the preset does not ask
   * for them.
   */
  readonly quotes: readonly string[];
}

/** SHA-256 of a text, hex. Injected by the caller, because core is free of Node's modules. */
export type Hash = (text: string) => string;

/** A candidate that passed the pure checks. A later check may still refuse its proposal. */
export interface Task extends Candidate {
  /**
   * SHA-256 of question, answer type, sorted options, gold answer and comparison rules, hex, 32
   * digits. Proposals with the same question and the same gold answer have equal ids.
   */
  readonly id: string;
  readonly segmentId: string;
  /**
   * `mcq` only: the options in the order the Reasoner sees them, shuffled by us. Letters follow
   * this order.
   */
  readonly shuffled: readonly string[];
  /** Place of the answer or of a quote in the segment, in UTF-16 code units. */
  readonly evidence: { readonly start: number; readonly end: number };
}

/** Why a proposal was refused: the reason code of a parser, of a check or of the engine. */
export type Refusal = ReasonCode;

export type ParseResult =
  | { readonly ok: true; readonly candidate: Candidate }
  | { readonly ok: false; readonly refusal: Refusal; readonly detail: string };
