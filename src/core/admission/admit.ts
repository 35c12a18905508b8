import type { Rng } from "../random/rng.js";
import type { Segment } from "../records/document.js";
import type { AdmissionConfig, Severity } from "../records/experiment.js";
import type { Finding, Refused } from "../records/finding.js";
import type { Candidate, Hash, Task } from "../records/task.js";
import type { Span } from "../text/spans.js";
import type { CheckResult } from "./check.js";
import { type ContaminationIndex, checkContamination } from "./contamination/contamination.js";
import { screenDocument } from "./document/document-checks.js";
import { checkAlignment } from "./evidence/alignment.js";
import { checkAmbiguity } from "./evidence/ambiguity.js";
import { checkDerivable } from "./evidence/derivable.js";
import { checkEvidence } from "./evidence/evidence.js";
import {
  checkOptionLength,
  checkOptionPattern,
  checkOptionTruth,
  checkOptionVerbatim,
} from "./options/option-hygiene.js";
import { checkOptionKinds } from "./options/option-kinds.js";
import { checkOptions } from "./options/options.js";
import { checkAnswerKind } from "./question/answer-kind.js";
import { checkDeixis } from "./question/deixis.js";
import { checkDocumentReference } from "./question/document-reference.js";
import { checkLeak } from "./question/leak.js";
import { checkSubject } from "./question/subject.js";
import { checkInstructions, checkPersonalData, checkSecrets } from "./question/unsafe-text.js";
import { screen } from "./series.js";

/** `findings` are what checks noted without refusing, before the refusal if there is one. */
export type AdmissionResult = ({ readonly ok: true; readonly task: Task } | Refused) & {
  readonly findings: readonly Finding[];
};

/** Hex digits of a task id: 128 bits of SHA-256. */
const ID_DIGITS = 32;

/** A check that looks at where the evidence stands; null when it was not found and need not be. */
type EvidenceCheck = (candidate: Candidate, segment: Segment, evidence: Span | null) => CheckResult;

/** What is checked once the evidence is known, in this order; each with its setting. */
const CHECKS: readonly (readonly [severity: (config: AdmissionConfig) => Severity, check: EvidenceCheck])[] =
  [
    [(config) => config.optionKinds, checkOptionKinds],
    [(config) => config.optionLength, checkOptionLength],
    [(config) => config.optionPattern, checkOptionPattern],
    [(config) => config.optionVerbatim, checkOptionVerbatim],
    [(config) => config.optionTruth, checkOptionTruth],
    [(config) => config.subject, checkSubject],
    [(config) => config.documentReference, checkDocumentReference],
    [(config) => config.deixis, checkDeixis],
    [(config) => config.leak, checkLeak],
    [(config) => config.answerKind, checkAnswerKind],
    [(config) => config.derivable, checkDerivable],
    [(config) => config.alignment, checkAlignment],
    [(config) => config.ambiguity, checkAmbiguity],
    [(config) => config.instructions, checkInstructions],
    [(config) => config.secrets, checkSecrets],
    [(config) => config.personalData, checkPersonalData],
  ];

/**
 * The checks that cost no rollout, in a fixed order (docs/admission.md): options, the document, evidence, then the task's own; the first
 * refusal is the reason. Repeats and the open-book check follow elsewhere, because they need the run's memory and the model. Options
 * are always checked, since a task without four distinct ones cannot be shown.
 *
 * @param focus the passage that the answer must stand in; null: anywhere in the segment
 * @param optionRng shuffles the options, so that the Challenger's habit of placing the right one teaches
 * nothing
 * @param hash SHA-256, hex
 * @param evaluations the registered evaluation sets; null when there are none
 */
export function admitCheap(
  candidate: Candidate,
  segment: Segment,
  focus: Span | null,
  config: AdmissionConfig,
  optionRng: Rng,
  hash: Hash,
  evaluations: ContaminationIndex | null = null,
): AdmissionResult {
  const options = checkOptions(candidate);
  if (!options.ok) return { ...options, findings: [] };
  const document = screenDocument(segment, config.document);
  if (document.refusal !== null) return { ...document.refusal, findings: document.findings };
  const found = checkEvidence(candidate, segment, focus);
  const evidence = found.ok ? found.span : null;
  const screened = screen([
    [config.evidence, () => found],
    ...CHECKS.map(
      ([severity, check]) => [severity(config), () => check(candidate, segment, evidence)] as const,
    ),
    [
      config.contamination.check,
      () => checkContamination(candidate, segment, config.contamination.canaries, evaluations),
    ],
  ]);
  const findings = [...document.findings, ...screened.findings];
  if (screened.refusal !== null) return { ...screened.refusal, findings };
  return { ok: true, findings, task: toTask(candidate, segment, evidence ?? NO_EVIDENCE, optionRng, hash) };
}

/** Where evidence "stands" when the check is off and nothing was found. */
const NO_EVIDENCE: Span = { start: 0, end: 0 };

function toTask(candidate: Candidate, segment: Segment, evidence: Span, optionRng: Rng, hash: Hash): Task {
  const { question, answerType, options, answer, policy } = candidate;
  // The gold is part of it: proposals with equal ids share their attempts and verdicts, and another gold has other verdicts.
  const asked = [question, answerType, [...options].sort(), answer, policy ?? null];
  const identity = JSON.stringify(asked);
  return {
    ...candidate,
    id: hash(identity).slice(0, ID_DIGITS),
    segmentId: segment.id,
    shuffled: optionRng.shuffle(options),
    evidence,
  };
}
