import { fstatSync, readSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { EXIT, SpiceError } from "../../app/errors.js";

/** A sidecar's log file: it writes there by itself, we read the end of it when something goes wrong. */
export interface LogTail {
  readonly path: string;
  /** Given to the process as its stderr, so that its last words survive us. */
  readonly fd: number;
  /** The last lines of this start, indented, ready to follow a sentence; empty when there are none. */
  quote(): string;
  /** Why the process ended, from its own report when it left one. */
  exitError(status: number | null, signal: NodeJS.Signals | null): SpiceError;
  close(): Promise<void>;
}

/** One JSON line that a sidecar writes when it refuses to start. */
interface StartReport {
  readonly error: { readonly reason: string; readonly message: string; readonly hint: string };
}

const TAIL_BYTES = 16 * 1024;
const QUOTED_LINES = 12;

/** Read from `handle` what is written after this moment. The handle belongs to the tail from here on. */
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

// Synchronous: it runs while an exit is being reported, when nothing may come between.
function readTail(fd: number, start: number): string {
  try {
    const { size } = fstatSync(fd);
    const from = Math.max(start, size - TAIL_BYTES);
    const buffer = Buffer.alloc(Math.max(0, size - from));
    return buffer.toString("utf8", 0, readSync(fd, buffer, 0, buffer.length, from));
  } catch {
    // Closed in the meantime: there is nothing to quote any more.
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
  const report = lines.map(startReport).findLast((one) => one !== null);
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
        ? "It was probably killed for using too much memory: lower the token budget or the number of samples."
        : "See the log. A run goes on from its last committed step with `spice train --resume`.",
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
