import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../../adapters/clock/system-clock.js";
import { sizeOf } from "../../adapters/files/size.js";
import { runPaths } from "../../adapters/runs/layout.js";
import { openForUpkeep } from "../../adapters/runs/open-run.js";
import type { RunReader } from "../../adapters/runs/read-run.js";
import { stepName } from "../../app/ports/runs.js";

/** What was removed from a run, or would be. */
export interface Pruned {
  readonly run: string;
  /** Steps of the removed checkpoints. */
  readonly checkpoints: readonly number[];
  /** Removed batches. */
  readonly batches: number;
  /** Bytes of both. */
  readonly bytes: number;
  /** Why nothing was removed; null otherwise. */
  readonly skipped: string | null;
}

/** What `pruneRun` keeps. */
export interface PruneOptions {
  /** Newest checkpoints that stay; at least 1. */
  readonly keepCheckpoints: number;
  readonly keepBatches: boolean;
  /** Only compute what would be removed. */
  readonly dryRun: boolean;
}

/**
 * Removes old checkpoints of a finished run, and the recorded batches up to the oldest checkpoint
 * that stays. The newest checkpoint always stays, so that the run can get more steps.
 *
 * @throws SpiceError `LOCKED` (exit 3) when a process holds the run
 */
export async function pruneRun(run: RunReader, options: PruneOptions): Promise<Pruned> {
  const { directory, info, config, state } = run;
  const paths = runPaths(directory);
  const nothing = { run: info.id, checkpoints: [], batches: 0, bytes: 0 };
  if (state !== "finished") return { ...nothing, skipped: `the run is ${state}` };
  if (config.trainer.address !== null)
    return { ...nothing, skipped: "its weights are at a trainer with an address" };
  const present = [run.start, ...run.steps]
    .flatMap((mark) => (mark?.checkpoint == null ? [] : [mark.checkpoint]))
    .filter(({ path }) => existsSync(join(paths.checkpoints, path)));
  const surplus = present.slice(0, Math.max(0, present.length - options.keepCheckpoints));
  const oldest = present[surplus.length]?.step ?? 0;
  const batches = options.keepBatches ? [] : await batchesUpTo(paths.batches, oldest);
  let bytes = 0;
  for (const { path, step } of surplus) {
    bytes += await sizeOf(join(paths.checkpoints, path));
    bytes += await sizeOf(join(paths.checkpoints, `${stepName(step)}.json`));
  }
  for (const path of batches) bytes += await sizeOf(path);
  const found = { checkpoints: surplus.map(({ step }) => step), batches: batches.length, bytes };
  if (!options.dryRun && surplus.length + batches.length > 0) {
    await using store = await openForUpkeep(directory, {
      clock: systemClock,
      keepCheckpoints: options.keepCheckpoints,
      keepBatches: options.keepBatches ? "all" : "checkpoint",
    });
    await store.prune();
  }
  return { run: info.id, ...found, skipped: null };
}

async function batchesUpTo(folder: string, step: number): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => /^\d+\.batch$/.test(name) && Number(name.split(".")[0]) <= step)
    .map((name) => join(folder, name));
}
