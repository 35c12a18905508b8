import { CommanderError } from "@commander-js/extra-typings";
import { EXIT } from "../app/errors.js";
import { program } from "./program.js";

/**
 * Runs one command line and sets the exit code of the process. The process ends by itself when
 * nothing is open.
 *
 * @param words the words after `spice`
 */
export async function runCommandLine(words: readonly string[]): Promise<void> {
  try {
    await (await program(words)).parseAsync(words, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
}
