import type { Experiment } from "../../core/experiment/experiment.js";
import type { OptimSpec } from "../../core/records/loss.js";
import { compareTrainers, type ParityRow, type TrainerMeasure } from "../../core/trainer/parity.js";
import { SpiceError } from "../errors.js";
import type { Clock } from "../ports/clock.js";
import type { TrainBatch, Trainer } from "../ports/trainer.js";

/** Low-rank adapters, or null for all weights. */
type Adapters = Experiment["model"]["lora"];

/** Starts a trainer on the base model. Each call starts a fresh process; disposing ends it. */
export type StartTrainer = (
  name: string,
  adapters: Adapters,
) => Promise<{ readonly trainer: Trainer } & AsyncDisposable>;

/** What `compareOnBatch` needs. */
export interface ParityDeps {
  readonly start: StartTrainer;
  readonly clock: Clock;
  /** Told in one sentence what happens next. */
  readonly note: (line: string) => void;
  readonly signal: AbortSignal;
}

/** One recorded batch, and how to train on it. */
export interface ParityBatch {
  readonly batch: TrainBatch;
  readonly optim: OptimSpec;
  /** What the run trained. Null: all weights. */
  readonly adapters: Adapters;
}

/**
 * Adapters for a trainer that cannot train all weights: on every linear layer, with the scale that
 * servers for adapters use.
 */
export const PARITY_ADAPTERS = { rank: 16, alpha: 32 } as const;

/**
 * Error code of a trainer that does not have what it was opened with, for example training of all
 * weights.
 */
const NOT_DECLARED = "TRAINER_NOT_DECLARED";

/**
 * Train several trainers on the same recorded batch, one after the other, and compare each with the
 * first.
 *
 * A trainer that cannot train all weights is started again with `PARITY_ADAPTERS`.
 *
 * @param names names of trainers; the first is the reference
 * @returns one row for each name, in the same order
 */
export async function compareOnBatch(
  names: readonly string[],
  recorded: ParityBatch,
  deps: ParityDeps,
): Promise<readonly ParityRow[]> {
  const measures: TrainerMeasure[] = [];
  for (const name of names) {
    deps.note(`${name}: starting`);
    await using started = await startAny(name, recorded.adapters, deps);
    measures.push({ trainer: name, ...(await measureTrainer(started.trainer, recorded, deps)) });
  }
  return compareTrainers(measures);
}

async function startAny(name: string, adapters: Adapters, { start, note }: ParityDeps) {
  try {
    return await start(name, adapters);
  } catch (error) {
    const needsAdapters = adapters === null && error instanceof SpiceError && error.code === NOT_DECLARED;
    if (!needsAdapters) throw error;
    note(`${name} trains adapters only: rank ${PARITY_ADAPTERS.rank}, alpha ${PARITY_ADAPTERS.alpha}`);
    return start(name, PARITY_ADAPTERS);
  }
}

/**
 * Scores a recorded batch, trains on the batch once, and scores it again. The trainer must be
 * fresh: its weights are those of the base model.
 */
async function measureTrainer(
  trainer: Trainer,
  { batch, optim }: Pick<ParityBatch, "batch" | "optim">,
  { clock, signal }: Pick<ParityDeps, "clock" | "signal">,
): Promise<Omit<TrainerMeasure, "trainer">> {
  const before = await trainer.score(batch, signal);
  const started = clock.now();
  const { loss, gradNorm } = await trainer.trainStep(batch, optim, signal);
  const seconds = (clock.now() - started) / 1000;
  const after = await trainer.score(batch, signal);
  const { computeDtype, parameters, trainableParameters } = trainer.model;
  const trained = trainableParameters < parameters ? "adapter" : "full";
  return { computeDtype, trained, loss, gradNorm, before, after, seconds };
}
