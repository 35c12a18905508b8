import { pino } from "pino";
import type { Logger } from "../../app/ports/output.js";
import { redact, redactValue } from "../../core/runs/redaction.js";

/**
 * A logger that writes JSON lines to a file. The destination is synchronous, because worker
 * transports lose the last lines when the process ends, and those lines explain the end. Every line
 * is redacted.
 *
 * @param secrets texts that are removed from the lines, in addition to texts that have the form of
 * a secret
 */
export function fileLogger(path: string, level: "debug" | "info", secrets: readonly string[] = []): Logger {
  const log = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: path, sync: true, mkdir: true }),
  );
  const write =
    (at: "debug" | "info" | "warn" | "error") =>
    (message: string, data?: Readonly<Record<string, unknown>>): void =>
      log[at](redactValue(data ?? {}, secrets), redact(message, secrets));
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}
