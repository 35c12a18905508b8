import { createHash } from "node:crypto";
import { resolveLayers } from "../../src/config/resolve.js";
import { CHECKS } from "../../src/core/admission/checks.js";
import type { AdmissionConfig } from "../../src/core/admission/config.js";
import { readSegment } from "../../src/core/admission/document/segment-text.js";
import { findEvidence } from "../../src/core/admission/evidence/evidence.js";
import type { ProposalInput } from "../../src/core/admission/input.js";
import type { Severity } from "../../src/core/checks/check.js";
import type { Document, Fact, Segment } from "../../src/core/records/document.js";
import type { Candidate, Task } from "../../src/core/records/task.js";

/** SHA-256, hex: what the application injects. */
export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The checks that spend samples of the model, but the open-book check, off. */
export const NO_MODEL_CHECKS = {
  optionsOnly: { attempts: 0, allowed: null, temperature: 1, severity: "refuse" },
  subjectBlind: { attempts: 0, allowed: null, temperature: 1, severity: "refuse" },
  paraphrase: { attempts: 0, required: 0, temperature: 1, severity: "refuse" },
} as const satisfies Partial<AdmissionConfig>;

/** The settings of admission with one severity for every check, and no check of the model. */
export function everyCheck(severity: Severity): AdmissionConfig {
  const config = structuredClone(resolveLayers([]).experiment.admission) as unknown as Record<
    string,
    unknown
  >;
  for (const { setting, stage } of CHECKS) {
    if (setting === null || stage === "model") continue;
    const [first = "", second] = setting.split(".");
    if (second === undefined) config[first] = severity;
    else config[first] = { ...(config[first] as object), [second]: severity };
  }
  return config as unknown as AdmissionConfig;
}

const EVERY = everyCheck("refuse");

/**
 * Most pure checks refuse; those that would refuse the short texts of tests are off. The checks of
 * the model are off.
 */
export const ALL_CHECKS: AdmissionConfig = {
  ...EVERY,
  document: { ...EVERY.document, quality: "off" },
  optionLength: "off",
  optionPattern: "off",
  optionVerbatim: "off",
  ambiguity: "off",
  sameFact: "off",
  caps: { check: "off", stepsPerDocument: 0, stepsPerAnswer: 0 },
  siblings: "distinct",
  openBook: { attempts: 0, required: 0, temperature: 0.7, severity: "refuse" },
  ...NO_MODEL_CHECKS,
};

/** What a pure check of a proposal looks at, with the evidence searched for. */
export function proposalInput(candidate: Candidate, segment: Segment): ProposalInput {
  const text = readSegment(segment);
  const found = findEvidence(candidate, segment, text, null);
  return {
    candidate,
    segment,
    text,
    found,
    evidence: found.ok ? found.span : null,
    settings: ALL_CHECKS,
    evaluations: null,
  };
}

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
