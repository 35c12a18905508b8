import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../adapters/clock/system-clock.js";
import { NO_LOG } from "../../app/ports/output.js";
import { compareOnBatch, type ParityBatch } from "../../app/trainer/parity.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import type { ParityRow } from "../../core/trainer/parity.js";
import { resolveModel } from "../compose/model-of-run.js";
import { composeTrainer } from "../compose/trainer.js";
import type { Output } from "../terminal/output.js";
import { interceptSignals } from "../terminal/signals.js";

/** What to compare. */
export interface Comparison {
  /** Configuration of the run that the batch comes from. */
  readonly config: Experiment;
  readonly recorded: Omit<ParityBatch, "adapters">;
  /** Names of trainers; the first is the reference. */
  readonly trainers: readonly string[];
  /** Number format of every trainer. */
  readonly dtype: Experiment["model"]["computeDtype"];
  readonly output: Output;
}

/**
 * Run `compareOnBatch` with trainers that are started on this machine with the default settings of
 * their engines.
 */
export async function compareTrainersOn(given: Comparison): Promise<readonly ParityRow[]> {
  const { recorded, trainers, dtype, output } = given;
  using signals = interceptSignals(output, false);
  await using resolved = await resolveModel(given.config, output, signals.signal, "command");
  const { experiment: config } = resolved;
  const folder = await mkdtemp(join(tmpdir(), "spice-parity-"));
  const start = (name: string, lora: Experiment["model"]["lora"]) =>
    composeTrainer(
      {
        ...config,
        model: { ...config.model, computeDtype: dtype, lora },
        trainer: { ...config.trainer, kind: name, address: null, engine: {} },
      },
      {
        output,
        logger: NO_LOG,
        logPath: join(folder, `${name}.log`),
        checkpointRoot: null,
        clientName: "spice trainer compare",
        use: "compare",
        signal: signals.signal,
        onProgress: () => undefined,
      },
    );
  try {
    return await compareOnBatch(
      trainers,
      { ...recorded, adapters: config.model.lora },
      { start, clock: systemClock, note: (line) => output.note(line), signal: signals.signal },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
