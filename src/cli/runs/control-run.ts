import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { runPaths } from "../../adapters/runs/layout.js";
import type { RunInfo } from "../../adapters/runs/run-info.js";
import { differingSettings } from "../../config/explain.js";
import type { Experiment } from "../../core/experiment/experiment.js";

/** A run that learned and a run with the learning rate 0, otherwise with the same settings. */
export interface RunWithControl {
  /** Ids of both runs. */
  readonly run: string;
  readonly control: string;
}

/** Settings in which a run and its control run may differ. */
const MAY_DIFFER = /^(?:name|train\.learningRate|run\..*)$/;

/**
 * The newest finished run in the same folder that makes a pair of run and control run with a run;
 * null when there is none. Only run.json and config.json are read. A folder in which they cannot be
 * read is passed over.
 *
 * @param directory folder of the run
 */
export async function withControl(directory: string): Promise<RunWithControl | null> {
  const folder = dirname(resolve(directory));
  const own = await readFinished(resolve(directory));
  if (own === null) return null;
  const names = await readdir(folder).catch(() => []);
  for (const name of names.sort().toReversed()) {
    if (name === basename(resolve(directory))) continue;
    const other = await readFinished(join(folder, name));
    if (other === null || !isPair(own.config, other.config)) continue;
    return own.config.train.learningRate === 0
      ? { run: other.id, control: own.id }
      : { run: own.id, control: other.id };
  }
  return null;
}

function isPair(one: Experiment, other: Experiment): boolean {
  const rates = [one.train.learningRate, other.train.learningRate];
  return (
    rates.filter((rate) => rate === 0).length === 1 &&
    differingSettings(one, other).every(({ path }) => MAY_DIFFER.test(path))
  );
}

async function readFinished(directory: string): Promise<{ id: string; config: Experiment } | null> {
  const { info, config } = runPaths(directory);
  try {
    const { id, status } = JSON.parse(await readFile(info, "utf8")) as RunInfo;
    const experiment = JSON.parse(await readFile(config, "utf8")) as Experiment;
    return status === "finished" && typeof experiment.train.learningRate === "number"
      ? { id, config: experiment }
      : null;
  } catch {
    return null;
  }
}
