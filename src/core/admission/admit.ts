import { screen } from "../checks/series.js";
import type { Rng } from "../random/rng.js";
import type { Segment } from "../records/document.js";
import type { Finding, Refused } from "../records/finding.js";
import type { Candidate, Hash, Task } from "../records/task.js";
import type { Span } from "../text/spans.js";
import { PROPOSAL_CHECKS } from "./checks.js";
import { type AdmissionConfig, severityIn } from "./config.js";
import type { ScreenedDocument } from "./document/screen-document.js";
import { findEvidence } from "./evidence/evidence.js";
import type { EvaluationIndex } from "./input.js";
import { options } from "./options/options.js";
import { type LoadedCheck, ownInput, screenOwn } from "./own-checks.js";

/**
 * A task, or a refusal. `findings` has the findings of checks with severity `count` that ran before
 * the refusal.
 */
export type AdmissionResult = ({ readonly ok: true; readonly task: Task } | Refused) & {
  readonly findings: readonly Finding[];
};

/** Inputs of `admit` that are the same for all proposals of a document. */
export interface AdmissionContext {
  readonly segment: Segment;
  /** The result of `screenDocument` for `segment`. All proposals on the segment share it. */
  readonly document: ScreenedDocument;
  /**
   * The passage that must contain the answer when the proposal quotes no text of the document. Null
   * when the answer may stand anywhere in the segment.
   */
  readonly focus: Span | null;
  readonly config: AdmissionConfig;
  /**
   * The generator that shuffles the options of the task with this id. The Challenger could write
   * the right option at the same place every time. After shuffling, the place says nothing about
   * the right option.
   */
  readonly optionRng: (taskId: string) => Rng;
  /** SHA-256, hex. */
  readonly hash: Hash;
  /** The registered evaluation sets; null when there are none. */
  readonly evaluations: EvaluationIndex | null;
  /** Checks of the user, in order. Default: none. */
  readonly own?: readonly LoadedCheck[];
}

/** Hex digits of a task id: 128 bits of SHA-256. */
const ID_DIGITS = 32;

/** Span that is stored when no evidence was found and the check `evidence` did not refuse. */
const NO_EVIDENCE: Span = { start: 0, end: 0 };

/**
 * Runs the pure checks on a candidate: first the form of the options, then `PROPOSAL_CHECKS`, then
 * the checks of the user. When `document` was refused, every candidate with valid options is
 * refused with the reason of the document. The first refusal is the reason. The checks of repeats
 * need the asked tasks, and the model checks need the model. They run after this function.
 */
export function admit(candidate: Candidate, context: AdmissionContext): AdmissionResult {
  const { segment, document, focus, config, evaluations } = context;
  const form = options.run({ candidate });
  if (!form.ok) return { ...form, findings: [] };
  if (document.refusal !== null) return { ...document.refusal, findings: document.findings };
  const { text } = document;
  const found = findEvidence(candidate, segment, text, focus);
  const evidence = found.ok ? found.span : null;
  const screened = screen(PROPOSAL_CHECKS, (setting) => severityIn(config, setting), {
    candidate,
    segment,
    text,
    found,
    evidence,
    settings: config,
    evaluations,
  });
  const noted = [...document.findings, ...screened.findings];
  if (screened.refusal !== null) return { ...screened.refusal, findings: noted };
  const { own = [] } = context;
  const users = own.length === 0 ? null : screenOwn(own, ownInput(candidate, segment, focus, evidence));
  const findings = [...noted, ...(users?.findings ?? [])];
  if (users !== null && users.refusal !== null) return { ...users.refusal, findings };
  return { ok: true, findings, task: toTask(candidate, evidence ?? NO_EVIDENCE, context) };
}

function toTask(candidate: Candidate, evidence: Span, { segment, optionRng, hash }: AdmissionContext): Task {
  const { question, answerType, options: shown, answer, policy } = candidate;
  // Proposals with equal ids share attempts and verdicts. A verdict depends on the gold answer, so
  // the id contains the gold answer. The letters depend on the id alone, so they are equal too.
  const inOrder = [...shown].sort();
  const asked = [question, answerType, inOrder, answer, policy ?? null];
  const id = hash(JSON.stringify(asked)).slice(0, ID_DIGITS);
  return {
    ...candidate,
    id,
    segmentId: segment.id,
    shuffled: optionRng(id).shuffle(inOrder),
    evidence,
  };
}
