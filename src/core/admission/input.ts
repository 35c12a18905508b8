import type { Segment } from "../records/document.js";
import type { Refused } from "../records/finding.js";
import type { Candidate, Task } from "../records/task.js";
import type { SearchableText, Span } from "../text/spans.js";
import type { SegmentText } from "./document/segment-text.js";
import type { AdmissionParameters, CapParameters, DocumentParameters } from "./settings.js";

/** The input of a document check. */
export interface DocumentInput {
  readonly segment: Segment;
  readonly settings: DocumentParameters;
}

/** Where the evidence of an answer stands, or why it was not found. */
export type EvidenceResult =
  | { readonly ok: true; readonly span: Span }
  | Refused<"evidence_missing" | "off_focus">;

/**
 * The input of the pure checks of a proposal. The type of a check names only the fields that the
 * check needs. So the check can run where only these fields exist.
 */
export interface ProposalInput {
  readonly candidate: Candidate;
  readonly segment: Segment;
  /** The text of `segment` in the form that the checks need; computed once for all proposals. */
  readonly text: SegmentText;
  /** Result of the search for the evidence. */
  readonly found: EvidenceResult;
  /** Where the evidence stands; null when it was not found. */
  readonly evidence: Span | null;
  readonly settings: AdmissionParameters;
  /** The registered evaluation sets; null when there are none. */
  readonly evaluations: EvaluationIndex | null;
}

export type CandidateInput = Pick<ProposalInput, "candidate">;
export type EvidenceInput = Pick<ProposalInput, "candidate" | "segment" | "text" | "evidence">;

/** Finds the evaluation item that a candidate repeats. */
export interface EvaluationIndex {
  /**
   * @param document the text of the document. Words in a row that the question quotes from the
   * document repeat no item: item and question may quote the same document
   */
  find(candidate: Pick<Candidate, "question" | "answer">, document?: SearchableText): Contamination | null;
}

/** Why a task counts as contaminated, and by what. */
export interface Contamination {
  /** Name of the evaluation set. */
  readonly set: string;
  /** Id of its item. */
  readonly item: string;
  readonly how: string;
}

/** The input of a check of repeats. */
export interface RepeatInput {
  readonly task: Task;
  readonly asked: AskedBefore;
  readonly settings: { readonly caps: CapParameters };
}

/**
 * The asked tasks of a run. Data is kept only for checks that are on. So the result of a function
 * is right only when the check that calls the function is on.
 */
export interface AskedBefore {
  /** True when an asked task has the same answer type, answer and content words of the question. */
  hasTask(task: Task): boolean;
  /** True when the same question was asked before, always with another answer. */
  hasOtherGold(task: Task): boolean;
  /** True when the same answer was asked for about the same document. */
  hasFact(task: Task): boolean;
  /** True when the task is a near duplicate of an asked task. */
  hasReworded(task: Task): boolean;
  /** Number of steps in which the task's document had admitted tasks. */
  stepsOfDocument(task: Task): number;
  /**
   * Number of uses of the answer. A document of a step counts as one use when one of its admitted
   * tasks has this answer.
   */
  stepsOfAnswer(task: Task): number;
}

/**
 * The texts of a candidate that the Reasoner reads or that decide its reward: question, answer,
 * options.
 */
export function shownTexts({ question, answer, options }: Candidate): readonly string[] {
  return [question, answer, ...options];
}
