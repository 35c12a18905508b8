import { type ChildProcess, spawn } from "node:child_process";

/** What a process that ended left. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that was started, with what it wrote. */
export interface Started {
  readonly child: ChildProcess;
  readonly done: Promise<Finished>;
  /** stderr up to now. */
  stderr(): string;
}

/** The environment of this process, without what Jest needs, with variables set or removed. */
export function environmentOf(changes: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const all = { ...process.env, FORCE_COLOR: undefined, NODE_OPTIONS: "", ...changes };
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/**
 * Start a program without standard input. Jest's own options do not reach it.
 *
 * @param environment variables to set, or to remove (undefined)
 */
export function startProgram(
  command: string,
  words: readonly string[],
  folder: string,
  environment: Readonly<Record<string, string | undefined>> = {},
): Started {
  const child = spawn(command, words, {
    cwd: folder,
    env: environmentOf(environment),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (data: Buffer) => {
    stdout += data.toString();
  });
  child.stderr.on("data", (data: Buffer) => {
    stderr += data.toString();
  });
  const done = new Promise<Finished>((resolve) =>
    child.once("close", (code) => resolve({ code, stdout, stderr })),
  );
  return { child, done, stderr: () => stderr };
}
