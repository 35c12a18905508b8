import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Environment variables of a child process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** How a command ended. `status` is null when it could not be started or was killed. */
export interface CommandResult {
  readonly status: number | null;
  readonly stdout: string;
  /** The last lines of stderr, enough to explain a failure. */
  readonly stderr: string;
}

export interface CommandOptions {
  readonly environment: Environment;
  readonly cwd?: string;
  readonly signal?: AbortSignal;
  /** Killed after this long; no limit when absent. */
  readonly timeoutMs?: number;
  /** Called with each line of stderr as it comes. */
  readonly onLine?: (line: string) => void;
}

/** Runs a program to its end. Injected where a test needs to see what would be run. */
export type RunCommand = (argv: readonly string[], options: CommandOptions) => Promise<CommandResult>;

const KEPT_LINES = 40;

/** Run a program without a shell. Never rejects for a failed command: the result says how it ended. */
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
