import { EXIT, type ExitCode, SpiceError } from "../../app/errors.js";
import { knownSecrets, redact, redactValue } from "../../core/runs/redaction.js";
import type { Output } from "./output.js";

/**
 * Show a failure: code, one sentence, where, what to do, the log. The stack trace only with
 * -vv.
 */
export function renderError(error: unknown, output: Output, logPath: string | null): ExitCode {
  const known = error instanceof SpiceError ? error : unexpected(error);
  const secrets = knownSecrets(process.env);
  const line = (label: string, content: string) =>
    `  ${output.err("dim", label.padEnd(6))} ${content.replaceAll("\n", "\n         ")}\n`;
  let text = `${output.err("red", `error ${known.code}`)} ${known.message}\n`;
  if (known.where !== undefined) text += line("where", known.where);
  text += line("try", known.hint);
  if (logPath !== null) text += line("log", logPath);
  if (output.verbosity > 1) text += stackOf(error);
  process.stderr.write(redact(text, secrets));
  const { code, boundary, message, hint, where, exit } = known;
  const shown = { code, boundary, message, where, hint, exit, log: logPath };
  output.document("spice.error/1", redactValue(shown, secrets));
  return known.exit;
}

function unexpected(error: unknown): SpiceError {
  return new SpiceError(
    `Something unexpected happened: ${error instanceof Error ? error.message : String(error)}.`,
    {
      code: "UNEXPECTED",
      boundary: "cli",
      hint: "Run the command again with -vv to see the stack trace, and report it.",
      exit: EXIT.unexpected,
      cause: error,
    },
  );
}

function stackOf(error: unknown): string {
  const parts: string[] = [];
  for (let at: unknown = error; at instanceof Error && parts.length < 5; at = at.cause)
    parts.push(at.stack ?? String(at));
  return `${parts.join("\ncaused by ")}\n`;
}
