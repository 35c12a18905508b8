import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { connectTrainer } from "../../src/adapters/grpc/connect.js";
import { trainerSource } from "../../src/adapters/python/source.js";
import { type Sidecar, startSidecar } from "../../src/adapters/sidecar/process.js";
import type { Trainer } from "../../src/app/ports/trainer.js";
import type { Setting } from "./fault.js";
import type { Place } from "./place.js";

/** Starts a fake trainer without a session. */
export async function sidecarIn(place: Place, { python }: Setting): Promise<Sidecar> {
  return startSidecar({
    python,
    source: await trainerSource(),
    backend: "fake",
    logPath: join(place.folder, "trainer.log"),
    checkpointRoot: join(place.folder, "checkpoints"),
    environment: process.env,
  });
}

/** Opens a session with it. */
export function connect(sidecar: Sidecar, engine: Readonly<Record<string, unknown>>): Promise<Trainer> {
  const { address, token, lifetime } = sidecar;
  const open = {
    model: "fake",
    seed: 1,
    lora: null,
    computeDtype: "auto",
    maxContextTokens: 8192,
    engine,
  } as const;
  return connectTrainer({ address, token, lifetime, open, clientName: "faults" });
}

/** Returns the resident memory of a process, MiB. */
export async function residentMib(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
}

/** Returns the value of a promise, or the code of its error. */
export async function codeOf(action: Promise<unknown>): Promise<string> {
  return action.then(
    () => "done",
    (error: unknown) => String((error as { code?: unknown }).code ?? error),
  );
}
