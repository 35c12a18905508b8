import type { Segment } from "../records/document.js";
import type { Refused } from "../records/finding.js";
import type { AdmissionCode, Candidate } from "../records/task.js";

/** Outcome of a check that has nothing to hand on. */
export type CheckResult = { readonly ok: true } | Refused;

/** One admission check: pure, total, no rollout spent. */
export type Check = (candidate: Candidate, segment: Segment) => CheckResult;

/** The check has nothing to object to. */
export const PASSED: CheckResult = { ok: true };

/** The check failed. */
export function refused(code: AdmissionCode, detail: string): Refused {
  return { ok: false, code, detail };
}

/** A text for a detail: at most 80 characters. */
export function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** The texts of a candidate that end up before the Reasoner or in the reward: question, answer, options. */
export function shownTexts({ question, answer, options }: Candidate): readonly string[] {
  return [question, answer, ...options];
}
