import { createHash } from "node:crypto";
import type { Document, Fact, Segment } from "../../src/core/records/document.js";
import type { AdmissionConfig } from "../../src/core/records/experiment.js";
import type { Candidate, Task } from "../../src/core/records/task.js";

/** SHA-256, hex: what the application injects. */
export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The checks that spend rollouts, but the open-book check, off. */
export const NO_MODEL_CHECKS = {
  optionsOnly: { attempts: 0, allowed: null, temperature: 1, severity: "refuse" },
  subjectBlind: { attempts: 0, allowed: null, temperature: 1, severity: "refuse" },
  paraphrase: { attempts: 0, required: 0, temperature: 1, severity: "refuse" },
} as const satisfies Partial<AdmissionConfig>;

/** Every cheap check on, the open-book check off. */
export const ALL_CHECKS: AdmissionConfig = {
  document: {
    licence: "refuse",
    licences: ["any"],
    quality: "off",
    instructions: "refuse",
    hiddenText: "refuse",
    secrets: "refuse",
    personalData: "refuse",
  },
  evidence: "refuse",
  subject: "refuse",
  leak: "refuse",
  optionKinds: "refuse",
  optionTruth: "refuse",
  optionLength: "off",
  optionPattern: "off",
  optionVerbatim: "off",
  documentReference: "refuse",
  deixis: "refuse",
  derivable: "refuse",
  answerKind: "refuse",
  alignment: "refuse",
  ambiguity: "off",
  instructions: "refuse",
  secrets: "refuse",
  personalData: "refuse",
  contamination: { check: "refuse", sets: [], canaries: [], ngram: 8, coverage: 0.5 },
  duplicates: "refuse",
  sameFact: "off",
  nearDuplicates: { check: "refuse", similarity: 0.75 },
  caps: { check: "off", stepsPerDocument: 0, stepsPerAnswer: 0 },
  siblings: "distinct",
  openBook: { attempts: 0, required: 0, temperature: 0.7, severity: "refuse" },
  ...NO_MODEL_CHECKS,
};

/** A document of which the segment is the whole. */
export function makeSegment(text: string, facts: readonly Fact[] = [], subject = "Chad"): Segment {
  const document: Document = {
    id: sha256(text),
    text,
    title: subject,
    sourceUri: `memory:${subject}`,
    licence: "Public Domain",
    language: "en",
    splitKey: subject,
    subject,
    kind: "facts",
    facts,
  };
  return {
    id: `${document.id}:0-${text.length}`,
    document,
    start: 0,
    end: text.length,
    text,
    tokens: text.split(/\s+/).length,
  };
}

/** A free-form candidate with a text answer, changed as needed. */
export function makeCandidate(changes: Partial<Candidate> = {}): Candidate {
  return {
    question: "What is the capital of Chad?",
    answer: "N'Djamena",
    answerType: "string",
    options: [],
    quotes: [],
    ...changes,
  };
}

/** A task as admission would make it; options keep their order. */
export function makeTask(changes: Partial<Task> = {}): Task {
  const candidate = makeCandidate(changes);
  return {
    id: "0".repeat(32),
    segmentId: "segment",
    shuffled: candidate.options,
    evidence: { start: 0, end: 1 },
    ...candidate,
    ...changes,
  };
}
