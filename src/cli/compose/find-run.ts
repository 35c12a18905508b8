import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { listRuns } from "../../adapters/runs/list-runs.js";
import { EXIT, SpiceError } from "../../app/errors.js";

/**
 * The folder of the run that a person names.
 *
 * @param wanted a path, an id, a name, any part of an id or a name that only one run has, or
 *   `latest` for the newest run
 * @param root the folder of the runs
 * @throws SpiceError `RUN_NOT_FOUND` (exit 2) when no run matches, or more than one
 */
export async function findRun(wanted: string, root: string): Promise<string> {
  const path = runAtPath(wanted);
  if (path !== null) return path;
  const runs = await listRuns(resolve(root));
  const [newest] = runs;
  if (wanted === "latest" && newest !== undefined) return newest.directory;
  const matches =
    [
      runs.filter(({ id }) => id === wanted),
      runs.filter(({ name }) => name === wanted),
      runs.filter(({ id, name }) => id.includes(wanted) || name.includes(wanted)),
    ].find((found) => found.length > 0) ?? [];
  const [match, second] = matches;
  if (match !== undefined && second === undefined) return match.directory;
  if (match !== undefined) {
    throw unknown(
      `${matches.length} runs match \`${wanted}\`.`,
      root,
      `Write more of the name, for example ${match.id}.`,
    );
  }
  if (newest === undefined) throw unknown("There are no runs here.", root, "Start one with `spice train`.");
  throw unknown(
    `No run is called \`${wanted}\`.`,
    root,
    `\`spice runs list\` shows all; the newest is ${newest.id}.`,
  );
}

/** The folder itself when it is a run directory, else null. */
export function runAtPath(folder: string): string | null {
  return existsSync(join(resolve(folder), "run.json")) ? resolve(folder) : null;
}

function unknown(message: string, where: string, hint: string): SpiceError {
  return new SpiceError(message, { code: "RUN_NOT_FOUND", boundary: "cli", where, hint, exit: EXIT.usage });
}
