import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Environment variables of a child process. A variable with the value undefined is not set. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * How a command ended. `status` is the exit code; null when the command did not start or was
 * killed.
 */
export interface CommandResult {
  readonly status: number | null;
  readonly stdout: string;
  /** The last 40 lines of stderr, to explain a failure. */
  readonly stderr: string;
}

/** Options of a command. */
export interface CommandOptions {
  readonly environment: Environment;
  readonly cwd?: string;
  readonly signal?: AbortSignal;
  /** Milliseconds after which the command is killed; no limit when absent. */
  readonly timeoutMs?: number;
  /** Called with each line of stderr when it arrives. */
  readonly onLine?: (line: string) => void;
}

/** Runs a program to its end. It is a parameter, so that a test can see which command would run. */
export type RunCommand = (argv: readonly string[], options: CommandOptions) => Promise<CommandResult>;

const KEPT_LINES = 40;

/**
 * Runs a program without a shell. A failed command gives a result and does not reject.
 *
 * @throws the reason of `options.signal` when it aborts
 */
export const runCommand: RunCommand = async (argv, options) => {
  const [program = "", ...rest] = argv;
  const limit = options.timeoutMs === undefined ? [] : [AbortSignal.timeout(options.timeoutMs)];
  const signal = AbortSignal.any([...limit, ...(options.signal === undefined ? [] : [options.signal])]);
  const child = spawn(program, rest, {
    env: { ...options.environment },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdio: ["ignore", "pipe", "pipe"],
    signal,
    killSignal: "SIGKILL",
  });
  const kept: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    kept.push(line);
    if (kept.length > KEPT_LINES) kept.shift();
    options.onLine?.(line);
  });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  const status = await new Promise<number | null>((done) => {
    child.on("error", (error) => {
      kept.push(error.message);
      done(null);
    });
    child.on("close", done);
  });
  options.signal?.throwIfAborted();
  return { status, stdout, stderr: kept.join("\n") };
};
