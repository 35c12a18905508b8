import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { systemClock } from "../../adapters/clock/system-clock.js";
import { lockHolder } from "../../adapters/files/lock.js";
import { sizeOf } from "../../adapters/files/size.js";
import { runPaths } from "../../adapters/runs/layout.js";
import { listRuns } from "../../adapters/runs/list-runs.js";
import { openForUpkeep } from "../../adapters/runs/open-run.js";
import { type RunReader, readRun } from "../../adapters/runs/read-run.js";
import { stepName } from "../../app/ports/runs.js";
import { modelsFolder } from "../compose/model-of-run.js";

/** What was removed from a run, or would be. */
export interface Pruned {
  readonly run: string;
  /** Steps of the removed checkpoints. */
  readonly checkpoints: readonly number[];
  /** Removed batches. */
  readonly batches: number;
  /** Removed model folders, which were made for runs that started from this run. */
  readonly models: number;
  /** Bytes of all of them. */
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
 * that stays. Model folders that were made of its checkpoints are removed when no other run needs
 * them. The newest checkpoint always stays, so that the run can get more steps.
 *
 * @throws SpiceError `LOCKED` (exit 3) when a process holds the run
 */
export async function pruneRun(run: RunReader, options: PruneOptions): Promise<Pruned> {
  const { directory, info, config, state } = run;
  const paths = runPaths(directory);
  const nothing = { run: info.id, checkpoints: [], batches: 0, models: 0, bytes: 0 };
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
  const models = await unusedModels(run, new Set(present.slice(surplus.length).map(({ step }) => step)));
  for (const path of models) bytes += await sizeOf(path);
  if (!options.dryRun) for (const path of models) await rm(path, { recursive: true, force: true });
  const found = {
    models: models.length,
    checkpoints: surplus.map(({ step }) => step),
    batches: batches.length,
    bytes,
  };
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

/**
 * Model folders that no other run needs. A run that started from a step needs the model of the step
 * when it is resumed, or gets more steps. It makes the model again from the checkpoint of the step,
 * when that checkpoint stays and no process trains the run now.
 *
 * @param staying steps whose checkpoints stay
 */
async function unusedModels(
  { directory, info }: RunReader,
  staying: ReadonlySet<number>,
): Promise<readonly string[]> {
  const folder = modelsFolder(directory);
  const names = await readdir(folder).catch(() => []);
  if (names.length === 0) return [];
  const needed = new Set<string>();
  for (const other of await listRuns(dirname(resolve(directory)))) {
    const { id } = (await readRun(other.directory)).config.model;
    // The model may be named by a path too, so any path counts.
    if (!id.startsWith("run:") || !(id.includes(info.id) || id.includes("/"))) continue;
    if ((await lockHolder(runPaths(other.directory).lock)) !== null) return [];
    const step = Number(/@(\d+)$/.exec(id)?.[1]);
    if (!staying.has(step)) needed.add(stepName(step));
  }
  return names.filter((name) => !needed.has(name)).map((name) => join(folder, name));
}

async function batchesUpTo(folder: string, step: number): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => /^\d+\.batch$/.test(name) && Number(name.split(".")[0]) <= step)
    .map((name) => join(folder, name));
}
