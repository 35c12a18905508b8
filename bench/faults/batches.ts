import type { TrainBatch } from "../../src/app/ports/trainer.js";
import { resolveLayers } from "../../src/config/resolve.js";
import type { OptimSpec } from "../../src/core/records/loss.js";

/** Settings of an optimizer; any valid values. */
export const OPTIM: OptimSpec = {
  learningRate: 0.1,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0,
  maxGradNorm: 1,
  resetMoments: false,
};

/** The default loss of a run. */
const LOSS = resolveLayers([]).experiment.train.loss;

/**
 * Returns a batch of equal sequences: 16 bytes for each token in columns (id, weight, advantage,
 * log-probability).
 */
export function batchOf(sequences: number, tokens: number): TrainBatch {
  const ids = Int32Array.from({ length: tokens }, (_, index) => index % 250);
  const row = (value: number) => new Float32Array(tokens).fill(value);
  return {
    prompts: [Int32Array.of(1)],
    loss: LOSS,
    normalizer: sequences * tokens,
    sequences: Array.from({ length: sequences }, (_, index) => ({
      promptRef: 0,
      completionIds: ids,
      weights: row(1),
      advantages: row(index % 4 === 0 ? -1 : 1),
      behaviorLogprobs: row(-5),
      temperature: 1,
      role: "reasoner" as const,
      groupId: "g",
      sampleId: String(index),
    })),
  };
}
