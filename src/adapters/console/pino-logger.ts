import { pino } from "pino";
import type { Logger } from "../../app/ports/output.js";
import { redact, redactValue } from "../../core/runs/redaction.js";

/**
 * JSON lines in a file. The destination is synchronous: worker transports lose the last lines when
 * the process ends, and those are the ones that say why. Every line is redacted; `secrets` are
 * texts to hide beside what looks like a secret.
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
