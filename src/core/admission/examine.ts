import type { Severity } from "../checks/check.js";
import { type GradedFinding, screenAll } from "../checks/series.js";
import type { Candidate } from "../records/task.js";
import type { Span } from "../text/spans.js";
import type { AdmissionContext } from "./admit.js";
import { DOCUMENT_CHECKS, PROPOSAL_CHECKS } from "./checks.js";
import { severityIn } from "./config.js";
import { readSegment } from "./document/segment-text.js";
import { findEvidence } from "./evidence/evidence.js";
import { options } from "./options/options.js";
import { examineOwn, ownInput } from "./own-checks.js";

/** What `examine` needs to know beside the candidate. */
export interface ExamineContext
  extends Pick<AdmissionContext, "segment" | "focus" | "config" | "evaluations" | "own"> {
  /** `run`: checks that are off are run too. Default: `skip`. */
  readonly off?: "skip" | "run";
}

/** All findings about a candidate and its segment. */
export interface Examination {
  /**
   * In the order in which `admit` runs the checks. So the first finding with the severity `refuse`
   * is the reason that `admit` gives.
   */
  readonly findings: readonly GradedFinding[];
  /** Where the evidence stands in the segment; null when it was not found. */
  readonly evidence: Span | null;
}

/**
 * Runs the checks of `admit` and of `screenDocument`, and does not stop at the first refusal. It is
 * for people who look at one proposal; a run uses `admit`.
 */
export function examine(candidate: Candidate, context: ExamineContext): Examination {
  const { segment, focus, config, evaluations, own = [], off = "skip" } = context;
  const severityOf = (setting: string): Severity => severityIn(config, setting);
  const text = readSegment(segment);
  const found = findEvidence(candidate, segment, text, focus);
  const evidence = found.ok ? found.span : null;
  const input = { candidate, segment, text, found, evidence, settings: config, evaluations };
  return {
    evidence,
    findings: [
      ...screenAll([options], severityOf, { candidate }, off),
      ...screenAll(DOCUMENT_CHECKS, severityOf, { segment, settings: config.document }, off),
      ...screenAll(PROPOSAL_CHECKS, severityOf, input, off),
      ...(own.length === 0 ? [] : examineOwn(own, ownInput(candidate, segment, focus, evidence))),
    ],
  };
}
