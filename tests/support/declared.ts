import type { Declared } from "../../src/core/trainer/needs.js";

/** A trainer that declares every call and the least of everything else. */
export const declaresLeast: Declared = {
  calls: [
    "TokensService/Tokenize",
    "TokensService/EncodeCompletions",
    "SamplingService/Sample",
    "TrainingService/TrainStep",
    "WeightsService/Publish",
    "CheckpointService/Save",
  ],
  trainable: ["full"],
  maxLoraRank: 0,
  computeDtypes: ["float32"],
  losses: ["policy_gradient"],
  surrogates: ["plain"],
  ratios: ["none"],
  ratioBaselines: ["current"],
  corrections: ["none"],
  klEstimators: ["none"],
  klReferences: [],
  samplingParameters: ["temperature"],
  returns: ["text", "logprobs", "prompt_ids"],
  seeds: ["best_effort"],
  maxSamplesPerPrompt: 1024,
};
