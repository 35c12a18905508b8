/**
 * Name of a reason, as episodes and metrics store it: `answer_leak`. A plain string, because a run
 * of an older version may hold codes that no check has any more. `core/admission/codes.ts` lists
 * the known codes.
 */
export type ReasonCode = string;

/** Result of a check that found something: its reason code, and one sentence for people. */
export interface Finding {
  readonly code: ReasonCode;
  readonly detail: string;
}

/** A failed check. */
export interface Refused<Code extends ReasonCode = ReasonCode> {
  readonly ok: false;
  readonly code: Code;
  readonly detail: string;
}
