import type { ParseResult, Refusal } from "../../records/task.js";

/** A refused proposal: the reason code and one sentence for people. */
export function refuse(refusal: Refusal, detail: string): Extract<ParseResult, { ok: false }> {
  return { ok: false, refusal, detail };
}
