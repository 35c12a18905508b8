import type { Segment } from "../records/document.js";
import type { Refused } from "../records/finding.js";
import type { Candidate, Task } from "../records/task.js";
import type { Span } from "../text/spans.js";
import type { SegmentText } from "./document/segment-text.js";
import type { AdmissionParameters, CapParameters, DocumentParameters } from "./settings.js";

/** What a check of the document looks at. */
export interface DocumentInput {
  readonly segment: Segment;
  readonly settings: DocumentParameters;
}

/** Where the evidence of an answer stands, or why it was not found. */
export type EvidenceResult =
  | { readonly ok: true; readonly span: Span }
  | Refused<"evidence_missing" | "off_focus">;

/**
 * What a pure check of a proposal may look at. A check names the fields that it needs, so that it
 * can be run where only those are known.
 */
export interface ProposalInput {
  readonly candidate: Candidate;
  readonly segment: Segment;
  /** The text of `segment`, made ready once for all proposals. */
  readonly text: SegmentText;
  /** Outcome of the search for the evidence. */
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
  find(candidate: Pick<Candidate, "question" | "answer">): Contamination | null;
}

/** Why a task counts as contaminated, and by what. */
export interface Contamination {
  /** Name of the evaluation set. */
  readonly set: string;
  /** Id of its item. */
  readonly item: string;
  readonly how: string;
}

/** What a check of repeats looks at. */
export interface RepeatInput {
  readonly task: Task;
  readonly asked: AskedBefore;
  readonly settings: { readonly caps: CapParameters };
}

/** What a run has asked so far, as far as the checks of repeats are on. */
export interface AskedBefore {
  /** Whether the same was asked, by the words with content. */
  hasTask(task: Task): boolean;
  /** Whether this document was asked for this answer. */
  hasFact(task: Task): boolean;
  /** Whether the same was asked in other words. */
  hasReworded(task: Task): boolean;
  /** Steps in which the task's document brought tasks. */
  stepsOfDocument(task: Task): number;
  /** Steps and documents in which the task's answer was asked for. */
  stepsOfAnswer(task: Task): number;
}

/**
 * The texts of a candidate that the Reasoner reads or that decide its reward: question, answer,
 * options.
 */
export function shownTexts({ question, answer, options }: Candidate): readonly string[] {
  return [question, answer, ...options];
}
