import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { afterAll } from "@jest/globals";
import { environmentOf, type Finished } from "../process.js";

const HOST = join(import.meta.dirname, "host-process.mjs");
const COMMAND_LINE = resolve("dist/cli/command-line.js");

let host: ChildProcess | null = null;
let last: Promise<unknown> = Promise.resolve();

afterAll(() => {
  host?.kill("SIGKILL");
});

/**
 * Runs a command line of the built program in a process that lives as long as the test file.
 * Command lines run one after the other. So a command costs what it does, and not the start of the
 * program. For claims about a process (its signals, that it ends), start a process of its own.
 */
export function callProgram(
  words: readonly string[],
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Finished> {
  const done = last.then(() => ask({ words, folder, environment: environmentOf(environment) }));
  last = done.catch(() => undefined);
  return done;
}

async function ask(message: object): Promise<Finished> {
  host ??= fork(HOST, [COMMAND_LINE], {
    execArgv: [],
    env: environmentOf({}),
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const ended = new AbortController();
  const gone = once(host, "exit", { signal: ended.signal }).then(([code]) => {
    host = null;
    throw new Error(`the process of the commands ended with ${code}`);
  });
  host.send(message);
  try {
    const [answer] = (await Promise.race([once(host, "message", { signal: ended.signal }), gone])) as [
      Finished & { readonly failure: string | null },
    ];
    if (answer.failure !== null) throw new Error(answer.failure);
    return answer;
  } finally {
    ended.abort();
    gone.catch(() => undefined);
  }
}
