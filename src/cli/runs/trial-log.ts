import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SpiceError } from "../../app/errors.js";
import type { Output } from "../terminal/output.js";
import { lastLines } from "./log-lines.js";

/** Most lines of a log that are shown. */
const SHOWN_LINES = 30;

/**
 * Gives the log of a trainer that is started for one command a place. The folder of the log is
 * always removed. When the trainer fails, the last lines of its log are shown on stderr first.
 *
 * @param name name of the command, for the name of the folder
 */
export async function withTrialLog<T>(
  name: string,
  output: Output,
  body: (logPath: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), `spice-${name}-`));
  const logPath = join(folder, "trainer.log");
  try {
    return await body(logPath);
  } catch (error) {
    if (!(error instanceof SpiceError) || error.boundary !== "trainer") throw error;
    const lines = await lastLines(logPath, SHOWN_LINES);
    const last = lines.at(-1);
    // Some messages quote the log already.
    if (last !== undefined && !error.message.includes(last))
      output.note(`The trainer's log ends with:\n${lines.map((line) => `  ${line}`).join("\n")}`);
    throw withoutPlace(error, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The error without a place in a folder that is removed. */
function withoutPlace(error: SpiceError, folder: string): SpiceError {
  if (error.where?.startsWith(folder) !== true) return error;
  return error.withoutPlace(error.hint.replace("See the log.", "The last lines of its log are above."));
}
