import type { RefusalCode } from "../../admission/codes.js";
import type { ParseResult } from "../../records/task.js";

/** A refused proposal: the reason code and one sentence for people. */
export function refuse(refusal: RefusalCode, detail: string): Extract<ParseResult, { ok: false }> {
  return { ok: false, refusal, detail };
}
