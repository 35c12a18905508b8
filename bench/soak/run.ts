import { open, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readRunFiles } from "../chaos/compare.js";
import type { Scenario } from "../chaos/scenario.js";
import { startVictim } from "../chaos/victim.js";
import { type Held, probe } from "../probe.js";
import { trainersOf } from "../processes.js";
import { requireTraining, type Trained } from "../trained.js";

const POLL_MS = 100;
/**
 * Options for a small heap of the orchestrator, in MiB. In a large heap V8 collects garbage later,
 * and the process grows although it keeps nothing. In a small heap it grows only by the data that
 * it keeps.
 */
const HEAP = "--max-old-space-size=64 --max-semi-space-size=4";

/** One step of a run, measured from outside. */
export interface StepSample {
  readonly step: number;
  readonly seconds: number;
  readonly orchestrator: Held;
  readonly trainer: Held;
}

/** A whole run, measured from outside. */
export interface SoakedRun {
  readonly samples: readonly StepSample[];
  readonly trained: Trained;
}

/**
 * Runs a whole `spice train` and measures both processes after each committed step. Throws when the
 * run fails or a step is missing.
 *
 * @param onStep called with each sample
 * @throws TrainedNothing when the run does not train, because its memory and times would have no
 * meaning
 */
export async function soakRun(
  scenario: Scenario,
  steps: number,
  onStep: (sample: StepSample) => void,
): Promise<SoakedRun> {
  const folder = await scenario.folder();
  const settings = [
    "-s",
    `steps=${steps}`,
    "-s",
    `run.saveEverySteps=${Math.max(5, Math.round(steps / 10))}`,
  ];
  // Such a small model gains nothing from threads, and on a busy machine threads wait for each
  // other.
  const threads = scenario.name === "torch" ? ["-s", 'trainer.engine={"threads":1}'] : [];
  const environment = { ...scenario.environment, NODE_OPTIONS: HEAP };
  const run = startVictim(folder, [...scenario.arguments(1), ...settings, ...threads], environment);
  const samples: StepSample[] = [];
  let code: number | null | undefined;
  const ended = run.done.then((result) => {
    code = result.code;
    return result;
  });
  let lines = new LineReader();
  while (code === undefined) {
    await sleep(POLL_MS);
    const path = await metricsPath(folder);
    if (path === null || run.pid === undefined) continue;
    for (const line of await lines.read(path)) {
      const { step, seconds_step: seconds } = JSON.parse(line) as { step: number; seconds_step: number };
      const [trainer = 0] = await trainersOf(run.pid);
      const [orchestrator, sidecar] = await Promise.all([probe(run.pid), probe(trainer)]);
      // The processes may have ended when the last step is read.
      if (orchestrator === null || sidecar === null) continue;
      samples.push({ step, seconds, orchestrator, trainer: sidecar });
      onStep(samples.at(-1) as StepSample);
    }
  }
  lines = new LineReader();
  const { stderr } = await ended;
  if (code !== 0) throw new Error(`the run ended with ${code}:\n${stderr}`);
  const path = await metricsPath(folder);
  const committed = path === null ? 0 : (await lines.read(path)).length;
  if (committed !== steps) throw new Error(`the run committed ${committed} of ${steps} steps`);
  const trained = requireTraining(`${scenario.name}, seed 1`, await readRunFiles(dirname(path ?? folder)));
  await rm(folder, { recursive: true });
  return { samples, trained };
}

async function metricsPath(folder: string): Promise<string | null> {
  const runs = (await readdir(join(folder, "runs")).catch(() => [])).filter((one) => !one.startsWith("."));
  return runs[0] === undefined ? null : join(folder, "runs", runs[0], "metrics.jsonl");
}

/** Returns each complete line of a growing file once. */
class LineReader {
  #at = 0;

  async read(path: string): Promise<string[]> {
    const file = await open(path).catch(() => null);
    if (file === null) return [];
    try {
      const { size } = await file.stat();
      const buffer = Buffer.alloc(size - this.#at);
      await file.read(buffer, 0, buffer.length, this.#at);
      const whole = buffer.subarray(0, buffer.lastIndexOf(10) + 1);
      this.#at += whole.length;
      return whole
        .toString("utf8")
        .split("\n")
        .filter((line) => line !== "");
    } finally {
      await file.close();
    }
  }
}
