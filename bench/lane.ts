import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** Process to start: `python -m bench <module> <options>`. */
export interface LaneSpec {
  /** Name in the table. */
  readonly name: string;
  readonly python: string;
  readonly module: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** One measured turn of a lane. Lanes add their own numbers. */
export interface Turn extends Readonly<Record<string, number>> {
  readonly seconds: number;
  readonly peakRssBytes: number;
}

/** Facts that a lane reports after loading. */
export interface LaneFacts {
  readonly versions?: Readonly<Record<string, string>>;
  readonly dtype?: string;
  /** Arithmetic of one turn, without padding. */
  readonly flops?: number;
  readonly usefulTokens?: number;
}

/** A worker process that takes turns. */
export interface Lane extends AsyncDisposable {
  readonly name: string;
  readonly facts: LaneFacts;
  takeTurn(): Promise<Turn>;
}

/**
 * Starts a worker and waits until it is loaded. With `verbose` its stderr is shown; otherwise the
 * end of its stderr is shown when it fails.
 */
export async function startLane(spec: LaneSpec, trainerRoot: string, verbose: boolean): Promise<Lane> {
  const child = spawn(spec.python, ["-m", "bench", spec.module, JSON.stringify(spec.options)], {
    env: {
      ...process.env,
      PYTHONPATH: trainerRoot,
      HF_HUB_OFFLINE: "1",
      TOKENIZERS_PARALLELISM: "false",
      TRL_EXPERIMENTAL_SILENCE: "1",
    },
    stdio: ["pipe", "pipe", verbose ? "inherit" : "pipe"],
  });
  const errors: string[] = [];
  child.stderr?.setEncoding("utf8").on("data", (text: string) => errors.push(text));
  const replies = replyReader(child, () => `${spec.name} ended early:\n${errors.join("").slice(-3000)}`);
  const { ready } = (await replies()) as { ready: LaneFacts };
  return {
    name: spec.name,
    facts: ready,
    takeTurn: async () => {
      child.stdin?.write("go\n");
      return (await replies()) as unknown as Turn;
    },
    [Symbol.asyncDispose]: () => end(child),
  };
}

function replyReader(child: ChildProcess, why: () => string): () => Promise<Record<string, unknown>> {
  if (child.stdout === null) throw new Error("the worker was started without a stdout pipe");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return async () => {
    const line = await lines.next();
    if (line.done) throw new Error(why());
    return JSON.parse(line.value) as Record<string, unknown>;
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.stdin?.on("error", () => undefined).end();
  const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await exited;
  clearTimeout(late);
}
