import { type Boundary, EXIT, type ExitCode, SpiceError } from "../../app/errors.js";
import { Output, type OutputOptions } from "./output.js";
import { renderError } from "./render-error.js";

/** What the body of a command receives. */
export interface Command {
  readonly output: Output;
  /**
   * Name the log that explains a later failure. With `of`, the log explains failures of this part
   * alone, and it is preferred to a log without `of`.
   */
  logAt(path: string, of?: Boundary): void;
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
  const logsOf = new Map<Boundary, string>();
  const logAt = (path: string, of?: Boundary) => {
    if (of === undefined) log = path;
    else logsOf.set(of, path);
  };
  try {
    process.exitCode = (await body({ output, logAt })) ?? EXIT.ok;
  } catch (error) {
    process.exitCode = renderError(error, output, logFor(error, logsOf) ?? log);
  }
}

const logFor = (error: unknown, logsOf: ReadonlyMap<Boundary, string>): string | undefined =>
  error instanceof SpiceError ? logsOf.get(error.boundary) : undefined;
