import { SpiceError } from "../../app/errors.js";
import type { SkipReason } from "../../app/ports/corpus.js";
import { errorCode } from "../files/errors.js";

const REASONS: Readonly<Record<string, SkipReason>> = {
  NOT_UTF8: "not_utf8",
  SOURCE_DAMAGED: "damaged",
  SOURCE_BINARY: "binary",
  SOURCE_TOO_LARGE: "too_large",
  OWN_CODE_THREW: "reader_failed",
  OWN_CODE_RESULT: "reader_failed",
  OWN_CODE_TIMEOUT: "reader_failed",
  OWN_CODE_ENDED: "reader_failed",
};
/** Failures of this machine. They say nothing about the file. */
const OF_MACHINE = new Set(["ENOSPC", "EDQUOT", "EMFILE", "ENFILE", "ENOMEM"]);

/** Why a file of a folder is left out. */
export interface Failure {
  readonly reason: SkipReason;
  readonly detail: string;
}

/** The reason to leave out a file that cannot be read; null when the failure is not of the file. */
export function failureOf(error: unknown): Failure | null {
  if (error instanceof SpiceError) {
    const reason = REASONS[error.code];
    if (reason === undefined) return null;
    // The line of the user's code tells more than the file does.
    const line = reason === "reader_failed" && error.where !== undefined ? ` (${error.where})` : "";
    return { reason, detail: `${error.message}${line}` };
  }
  const code = errorCode(error);
  if (code !== undefined && /^E[A-Z0-9]+$/.test(code) && !OF_MACHINE.has(code)) {
    return { reason: "unreadable", detail: `The system refused to read it (${code}).` };
  }
  // The trees of Markdown and HTML are walked by recursion.
  if (error instanceof RangeError || (error as { name?: unknown } | null)?.name === "RangeError")
    return { reason: "malformed", detail: "The file is nested too deeply." };
  return null;
}
