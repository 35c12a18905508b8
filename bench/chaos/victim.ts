import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { isTrainer, processes, trainersOf } from "../processes.js";

const MAIN = resolve("dist/cli/main.js");

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

/** A running `spice` process, which may be killed without warning. */
export interface Victim {
  /** Process id of the orchestrator; undefined when it could not be started. */
  readonly pid: number | undefined;
  readonly done: Promise<Ended>;
  /**
   * Sends SIGKILL to the orchestrator, its trainer, or both. Returns false when there was no
   * process yet.
   */
  kill(what: Target): Promise<boolean>;
}

export const TARGETS = ["orchestrator", "trainer", "both"] as const;
export type Target = (typeof TARGETS)[number];

/** Starts `spice` in a folder. */
export function startVictim(folder: string, args: readonly string[], environment: NodeJS.ProcessEnv): Victim {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: folder,
    env: environment,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (data: Buffer) => {
    stderr = (stderr + data.toString()).slice(-20_000);
  });
  const done = new Promise<Ended>((settle) => child.once("close", (code) => settle({ code, stderr })));
  const kill = async (what: Target): Promise<boolean> => {
    const trainers = child.pid === undefined ? [] : await trainersOf(child.pid);
    if (what === "trainer" && trainers.length === 0) return false;
    if (what !== "orchestrator") for (const pid of trainers) killNow(pid);
    if (what !== "trainer") child.kill("SIGKILL");
    return true;
  };
  return { pid: child.pid, done, kill };
}

/**
 * Returns trainers that still run with this folder in their command line. After the end there must
 * be none.
 */
export async function leftovers(folder: string): Promise<number[]> {
  return (await processes())
    .filter((one) => one.command.includes(folder) && isTrainer(one))
    .map((one) => one.pid);
}

function killNow(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself in the meantime.
  }
}
