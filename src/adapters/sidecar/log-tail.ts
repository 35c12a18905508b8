import { fstatSync, readSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { EXIT, SpiceError } from "../../app/errors.js";

/**
 * The log file of a sidecar. The sidecar writes it, and this process reads its end after a failure.
 */
export interface LogTail {
  readonly path: string;
  /**
   * File descriptor that becomes the stderr of the sidecar. The sidecar can therefore write its
   * last lines after this process has ended.
   */
  readonly fd: number;
  /**
   * The last lines since this start, indented, to be appended to a sentence; empty when there are
   * none.
   */
  quote(): string;
  /**
   * The error for an ended process: its own report if it wrote one, else `SIDECAR_EXITED` (exit 3).
   */
  exitError(status: number | null, signal: NodeJS.Signals | null): SpiceError;
  close(): Promise<void>;
}

/** The JSON line that a sidecar writes when it refuses to start. */
interface StartReport {
  readonly error: { readonly reason: string; readonly message: string; readonly hint: string };
}

const TAIL_BYTES = 16 * 1024;
const QUOTED_LINES = 12;

/** Opens a tail that reads what is written after this call. The tail closes `handle`. */
export async function openLogTail(handle: FileHandle, path: string): Promise<LogTail> {
  const start = (await handle.stat()).size;
  const { fd } = handle;
  const lines = () => readTail(fd, start).split("\n").filter(Boolean);
  const quote = () => {
    const last = lines().slice(-QUOTED_LINES);
    return last.length === 0 ? "" : ` Its last lines:\n  ${last.join("\n  ")}`;
  };
  return {
    path,
    fd,
    quote,
    exitError: (status, signal) => exitError(status, signal, lines(), quote(), path),
    close: () => handle.close(),
  };
}

// The function is synchronous, because nothing may happen between the exit of the process and its
// report.
function readTail(fd: number, start: number): string {
  try {
    const { size } = fstatSync(fd);
    const from = Math.max(start, size - TAIL_BYTES);
    const buffer = Buffer.alloc(Math.max(0, size - from));
    return buffer.toString("utf8", 0, readSync(fd, buffer, 0, buffer.length, from));
  } catch {
    // The file is already closed, so there is nothing to quote.
    return "";
  }
}

function exitError(
  status: number | null,
  signal: NodeJS.Signals | null,
  lines: readonly string[],
  quote: string,
  path: string,
): SpiceError {
  const report = lines.map(startReport).findLast((found) => found !== null);
  if (report) {
    const { reason, message, hint } = report.error;
    return new SpiceError(message, {
      code: reason,
      boundary: "trainer",
      where: path,
      hint: hint || "See the trainer's log.",
      exit: EXIT.environment,
    });
  }
  const how = signal === null ? `with status ${status}` : `by ${signal}`;
  return new SpiceError(`The trainer process ended ${how}.${quote}`, {
    code: "SIDECAR_EXITED",
    boundary: "trainer",
    where: path,
    hint:
      signal === "SIGKILL"
        ? "It was probably killed because it used too much memory: lower the token budget or the number of samples."
        : "See the log. A run continues from its last committed step with `spice train --resume`.",
    exit: EXIT.environment,
  });
}

function startReport(line: string): StartReport | null {
  if (!line.startsWith('{"ready"')) return null;
  try {
    const report = JSON.parse(line) as Partial<StartReport>;
    return report.error === undefined ? null : (report as StartReport);
  } catch {
    return null;
  }
}
