import type { Segment } from "../document.js";
import type { Candidate, Refusal } from "../task.js";

/** A failed check: the reason code and one sentence for people. */
export interface Refused {
  readonly ok: false;
  readonly refusal: Refusal;
  readonly detail: string;
}

/** Outcome of a check that has nothing to hand on. */
export type CheckResult = { readonly ok: true } | Refused;

/** One admission check: pure, total, no rollout spent. */
export type Check = (candidate: Candidate, segment: Segment) => CheckResult;

/** The check has nothing to object to. */
export const PASSED: CheckResult = { ok: true };

/** The check failed. */
export function refused(refusal: Refusal, detail: string): Refused {
  return { ok: false, refusal, detail };
}
