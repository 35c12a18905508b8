import type { AdmissionCode } from "./task.js";

/** Result of a check that found something: its reason code, and one sentence for people. */
export interface Finding {
  readonly code: AdmissionCode;
  readonly detail: string;
}

/** A failed check. */
export interface Refused {
  readonly ok: false;
  readonly code: AdmissionCode;
  readonly detail: string;
}
