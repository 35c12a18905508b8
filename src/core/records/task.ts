import type { AnswerPolicy, AnswerType, FreeAnswerType } from "./answer.js";
import type { ReasonCode } from "./finding.js";

/**
 * What the Challenger is asked for. The format is picked or chosen once for a document, so all
 * proposals of a group have the same prompt.
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
   * Passages that the Challenger says support the answer. May be empty when the preset does not ask
   * for them.
   */
  readonly quotes: readonly string[];
}

/** SHA-256 of a text, hex. Injected by the caller, because core is free of Node's modules. */
export type Hash = (text: string) => string;

/** A proposal that parsed and passed admission. */
export interface Task extends Candidate {
  /**
   * SHA-256 of question, answer type, sorted options, gold answer and its policy, hex, 32 digits:
   * proposals that ask the same and mean the same answer have equal ids.
   */
  readonly id: string;
  readonly segmentId: string;
  /**
   * `mcq` only: the options in the order the Reasoner sees them, shuffled by us. Letters follow
   * this order.
   */
  readonly shuffled: readonly string[];
  /** Where the answer or quote stands in the segment, in code units. */
  readonly evidence: { readonly start: number; readonly end: number };
}

/**
 * Why a proposal did not become a task: the reason code of a parser, of a check or of the engine.
 */
export type Refusal = ReasonCode;

export type ParseResult =
  | { readonly ok: true; readonly candidate: Candidate }
  | { readonly ok: false; readonly refusal: Refusal; readonly detail: string };
