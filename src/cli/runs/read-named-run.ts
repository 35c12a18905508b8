import { type RunReader, readRun } from "../../adapters/runs/read-run.js";
import { removedSettings } from "../../config/stored.js";
import type { Output } from "../terminal/output.js";
import { type RunsFolderOptions, runDirectory } from "./named-run.js";

/**
 * Opens the run that the command line names, for reading. A warning names the settings that the run
 * has and this version does not have.
 *
 * @param wanted a name as in `RUN_NAME`
 * @throws SpiceError `RUN_NOT_FOUND` (exit 2), `RUN_FORMAT` (exit 3), `RUN_DAMAGED` (exit 5)
 */
export async function readNamedRun(
  wanted: string,
  options: RunsFolderOptions,
  output: Output,
): Promise<RunReader> {
  const run = await readRun(await runDirectory(wanted, options, output));
  warnOfRemoved(run, output);
  return run;
}

/**
 * One warning on stderr that names the settings of a run that this version does not have. Nothing
 * when there are none. docs/run-format.md has the rule.
 */
export function warnOfRemoved({ config }: Pick<RunReader, "config">, output: Output): void {
  const names = removedSettings(config).map(({ path }) => path);
  if (names.length === 0) return;
  const what = names.length === 1 ? "a setting" : `${names.length} settings`;
  output.note(
    `${output.err("yellow", "Warning:")} The run has ${what} that this version does not have: ${names.join(", ")}.`,
  );
}
