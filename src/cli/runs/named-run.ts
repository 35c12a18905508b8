import { Option } from "@commander-js/extra-typings";
import { EXIT, SpiceError } from "../../app/errors.js";
import { oldOption } from "../terminal/arguments.js";
import { type ConfigOptions, configure, configuredCommand } from "../terminal/options.js";
import type { Output } from "../terminal/output.js";

/** How a run is named on the command line, for the help of every command that reads a run. */
export const RUN_NAME = "name, id, part of an id, folder, or `latest`";

/** Where the runs are, as the options say. */
export interface RunsFolderOptions extends ConfigOptions {
  readonly runsDir?: string | undefined;
}

/** A command that reads the folder of runs. */
export const commandOnRuns = (name: string, summary: string, examples: string) =>
  oldOption(
    configuredCommand(name, summary, examples).option(
      "--runs-dir <dir>",
      "folder of the runs (default: run.dir of the configuration)",
    ),
    "--runs <dir>",
    "runsDir",
  );

/** A command that reads one run: `[run]`, and the old `--run` for it. */
export const commandOnRun = (name: string, summary: string, examples: string) =>
  commandOnRuns(name, summary, examples)
    .argument("[run]", `${RUN_NAME} (default: latest)`)
    .addOption(new Option("--run <run>").hideHelp());

/**
 * The folder of the runs. The configuration is read only when the options do not name the folder.
 */
export async function runsFolder(options: RunsFolderOptions, output: Output): Promise<string> {
  return options.runsDir ?? (await configure(options, output)).experiment.run.dir;
}

/**
 * The folder of the run that the command line names. A path to a run directory needs no
 * configuration.
 *
 * @param wanted a name as in `RUN_NAME`
 * @throws SpiceError `RUN_NOT_FOUND` (exit 2)
 */
export async function runDirectory(
  wanted: string,
  options: RunsFolderOptions,
  output: Output,
): Promise<string> {
  const { findRun, runAtPath } = await import("../compose/find-run.js");
  return runAtPath(wanted) ?? findRun(wanted, await runsFolder(options, output));
}

/**
 * The name of a run that was given as an argument or with the old `--run`; undefined without
 * either.
 *
 * @throws SpiceError `RUN_NAMED_TWICE` (exit 2)
 */
export function nameOfRun(
  argument: string | undefined,
  { run }: { readonly run?: string | undefined },
): string | undefined {
  if (argument === undefined || run === undefined || argument === run) return argument ?? run;
  throw new SpiceError("Two runs are named.", {
    code: "RUN_NAMED_TWICE",
    boundary: "cli",
    where: `${argument}, --run ${run}`,
    hint: "Name one run, as the argument.",
    exit: EXIT.usage,
  });
}
