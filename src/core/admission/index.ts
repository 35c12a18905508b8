import type { Segment } from "../document.js";
import type { AdmissionConfig } from "../experiment.js";
import type { Hash } from "../hash.js";
import type { Rng } from "../rng.js";
import type { Span } from "../spans.js";
import type { Candidate, Task } from "../task.js";
import type { Refused } from "./check.js";
import { checkDocumentReference } from "./document-reference.js";
import { checkEvidence } from "./evidence.js";
import { checkLeak } from "./leak.js";
import { checkOptionKinds } from "./option-kinds.js";
import { checkOptions } from "./options.js";
import { checkSubject } from "./subject.js";

export type AdmissionResult = { readonly ok: true; readonly task: Task } | Refused;

/** Hex digits of a task id: 128 bits of SHA-256. */
const ID_DIGITS = 32;

/**
 * The checks that cost no rollout, cheapest and most decisive first; the first failure is the reason.
 * Duplicates and the open-book check follow elsewhere, because they need the run's memory and the model. A
 * check that `config` switches off is skipped; options are always checked, since a task without four distinct
 * ones cannot be shown.
 *
 * @param focus the passage that the answer must stand in; null: anywhere in the segment
 * @param optionRng shuffles the options, so that the Challenger's habit of placing the right one teaches
 * nothing
 * @param hash SHA-256, hex
 */
export function admitCheap(
  candidate: Candidate,
  segment: Segment,
  focus: Span | null,
  config: AdmissionConfig,
  optionRng: Rng,
  hash: Hash,
): AdmissionResult {
  const options = checkOptions(candidate);
  if (!options.ok) return options;
  const found = checkEvidence(candidate, segment, focus);
  if (config.evidence && !found.ok) return found;
  const checks = [
    config.optionKinds ? checkOptionKinds : null,
    config.subject ? checkSubject : null,
    config.documentReference ? checkDocumentReference : null,
    config.leak ? checkLeak : null,
  ];
  for (const check of checks) {
    const result = check?.(candidate, segment);
    if (result?.ok === false) return result;
  }
  return { ok: true, task: toTask(candidate, segment, found.ok ? found.span : NO_EVIDENCE, optionRng, hash) };
}

/** Where evidence "stands" when the check is off and nothing was found. */
const NO_EVIDENCE: Span = { start: 0, end: 0 };

function toTask(candidate: Candidate, segment: Segment, evidence: Span, optionRng: Rng, hash: Hash): Task {
  const { question, answerType, options } = candidate;
  const identity = JSON.stringify([question, answerType, [...options].sort()]);
  return {
    ...candidate,
    id: hash(identity).slice(0, ID_DIGITS),
    segmentId: segment.id,
    shuffled: optionRng.shuffle(options),
    evidence,
  };
}
