import type { OptimSpec } from "../../core/records/loss.js";
import type { TrainerMeasure } from "../../core/trainer/parity.js";
import type { Clock } from "../ports/clock.js";
import type { TrainBatch, Trainer } from "../ports/trainer.js";

/**
 * Scores a recorded batch, trains on the batch once, and scores it again. The trainer must be
 * fresh: its weights are those of the base model.
 */
export async function measureTrainer(
  trainer: Trainer,
  batch: TrainBatch,
  optim: OptimSpec,
  clock: Clock,
  signal: AbortSignal,
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
