import type { CreateRunOptions } from "../../../src/adapters/runs/create-run.js";
import type { Clock } from "../../../src/app/ports/clock.js";
import type { StepCommit } from "../../../src/app/ports/runs.js";
import type { Experiment } from "../../../src/core/experiment/experiment.js";
import type { Episode } from "../../../src/core/records/episode.js";

/** A clock that stands at one moment. */
export const FIXED_CLOCK: Clock = {
  now: () => 0,
  iso: () => "2026-11-22T15:04:05.678Z",
  cpuSeconds: () => 0,
};

/** The parts of an experiment the run store looks at. */
export const EXPERIMENT = { name: "tiny model", seed: 7, steps: 10 } as Experiment;

/** Options of `createRun` for a folder of runs. */
export function runOptions(root: string, changes: Partial<CreateRunOptions> = {}): CreateRunOptions {
  return {
    root,
    experiment: EXPERIMENT,
    clock: FIXED_CLOCK,
    suffix: "k3f9",
    provenance: { argv: ["train"] },
    ...changes,
  };
}

/** A step with two recognisable episodes; text outside ASCII makes bytes and characters differ. */
export function stepCommit(step: number, changes: Partial<StepCommit> = {}): StepCommit {
  const episode = (slot: number) => ({ step, slot, segmentId: `ségment ${slot}` }) as Episode;
  return {
    step,
    episodes: [episode(0), episode(1)],
    metrics: { step, reward: step / 3 },
    policyVersion: step + 1,
    policyDigest: `digest-${step}`,
    checkpoint: null,
    ...changes,
  };
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
