import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { listRuns } from "../../adapters/runs/list-runs.js";
import { SpiceError } from "../../app/errors.js";

/**
 * The folder of the run a person means: a path, an id, the unique beginning or any part of one, or `latest` for the newest.
 * `root` is where runs are kept.
 */
export async function findRun(wanted: string, root: string): Promise<string> {
  if (existsSync(join(resolve(wanted), "run.json"))) return resolve(wanted);
  const runs = await listRuns(resolve(root));
  const [newest] = runs;
  if (wanted === "latest" && newest !== undefined) return newest.directory;
  const exact = runs.filter((run) => run.id === wanted);
  const matches = exact.length > 0 ? exact : runs.filter((run) => run.id.includes(wanted));
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

function unknown(message: string, where: string, hint: string): SpiceError {
  return new SpiceError(message, { code: "RUN_NOT_FOUND", boundary: "cli", where, hint, exit: 2 });
}
