import { EXIT, type ExitCode } from "../../app/errors.js";
import { Output, type OutputOptions } from "./output.js";
import { renderError } from "./render-error.js";

/** What the body of a command receives. */
export interface Command {
  readonly output: Output;
  /** Name the log that explains a later failure. */
  logAt(path: string): void;
}

/**
 * Run a command's body and set the process's exit code. The process ends by itself when
 * nothing is open. `process.exit` would cut off output that is still being written.
 */
export async function perform(
  options: OutputOptions,
  body: (command: Command) => Promise<ExitCode | undefined>,
): Promise<void> {
  const output = new Output(options);
  let log: string | null = null;
  const logAt = (path: string) => {
    log = path;
  };
  try {
    process.exitCode = (await body({ output, logAt })) ?? EXIT.ok;
  } catch (error) {
    process.exitCode = renderError(error, output, log);
  }
}
