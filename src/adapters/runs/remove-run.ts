import { rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileError } from "../files/errors.js";
import { takeLock } from "../files/lock.js";
import { runPaths } from "./layout.js";

/**
 * Deletes a run directory. The folder disappears from its place at once; its files are deleted
 * afterwards.
 *
 * @throws SpiceError `LOCKED` (exit 3) when a process holds the run
 */
export async function removeRun(directory: string): Promise<void> {
  const lock = await takeLock(runPaths(directory).lock, { boundary: "store", what: "run" });
  // A folder that begins with a dot is no run for `listRuns`.
  const aside = join(dirname(directory), `.${basename(directory)}.${process.pid}.removed`);
  try {
    await rename(directory, aside);
    await rm(aside, { recursive: true, force: true });
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw fileError(error, "removing the run", directory, "store");
  }
}
