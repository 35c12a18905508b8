import { readFile } from "node:fs/promises";
import { knownSecrets, redact } from "../../core/runs/redaction.js";

/**
 * The last lines of a trainer's log without secrets; empty when there is no log. The report of a
 * process that does not start is left out, because it is the error itself.
 */
export async function lastLines(path: string, most: number): Promise<readonly string[]> {
  const log = await readFile(path, "utf8").catch(() => "");
  return redact(log, knownSecrets(process.env))
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith('{"ready"'))
    .slice(-most);
}
