import { describe, expect, test } from "@jest/globals";
import type { Experiment } from "../../../src/core/experiment/experiment.js";
import { type Declared, trainerNeeds, unmetNeeds } from "../../../src/core/trainer/needs.js";
import { declaresLeast } from "../../support/declared.js";
import { experiment } from "../../support/experiment.js";

/** Declares everything that the experiment of the tests needs, and no more. */
const declared: Declared = {
  ...declaresLeast,
  surrogates: ["ppo_clip"],
  ratios: ["token"],
  corrections: ["none", "token_truncate"],
  samplingParameters: ["stop_strings"],
  maxSamplesPerPrompt: 4,
};

const missing = (changed: Experiment, found: Declared = declared) =>
  unmetNeeds(trainerNeeds(changed), found).map(({ of, wanted, setting }) => [of, wanted, setting]);

describe("what an experiment needs from its trainer", () => {
  test("nothing is missing when all of it is declared", () => {
    expect(missing(experiment)).toEqual([]);
  });

  test("the stop strings of the small prompts come from the setting of the prompts", () => {
    const without = { ...declared, samplingParameters: [] };
    expect(missing(experiment, without)).toEqual([
      ["samplingParameters", "stop_strings", "challenger.prompts"],
    ]);
    const paper = { ...experiment, challenger: { ...experiment.challenger, prompts: "paper" as const } };
    expect(missing(paper, without)).toEqual([]);
  });

  test("a temperature or a nucleus that is not neutral needs its sampling parameter", () => {
    const hot = {
      ...experiment,
      reasoner: { ...experiment.reasoner, temperature: 0.7, topP: 0.9 },
    };
    expect(missing(hot)).toEqual([
      ["samplingParameters", "temperature", "reasoner.temperature"],
      ["samplingParameters", "top_p", "reasoner.topP"],
    ]);
  });

  test("the temperature of an admission check counts only when the check samples", () => {
    const { admission } = experiment;
    const check = (attempts: number) => ({
      ...experiment,
      admission: { ...admission, openBook: { ...admission.openBook, attempts, temperature: 0.5 } },
    });
    expect(missing(check(4))).toEqual([
      ["samplingParameters", "temperature", "admission.openBook.temperature"],
    ]);
    expect(missing(check(0))).toEqual([]);
  });

  test("every part of the loss is a need of its own setting", () => {
    const nothing = {
      ...declared,
      losses: [],
      surrogates: [],
      ratios: [],
      ratioBaselines: [],
      corrections: [],
      klEstimators: [],
    };
    expect(missing(experiment, nothing)).toEqual([
      ["losses", "policy_gradient", "train.loss.kind"],
      ["surrogates", "ppo_clip", "train.loss.surrogate"],
      ["ratios", "token", "train.loss.ratio"],
      ["ratioBaselines", "current", "train.loss.ratioBaseline"],
      ["corrections", "token_truncate", "train.loss.correction"],
      ["klEstimators", "none", "train.loss.kl"],
    ]);
  });

  test("a warm start needs cross entropy and the tokens of its texts", () => {
    const warm = { ...experiment, warmup: { ...experiment.warmup, enabled: true, steps: 2 } };
    const calls = declared.calls.filter((call) => !call.endsWith("EncodeCompletions"));
    expect(missing(warm, { ...declared, calls })).toEqual([
      ["calls", "TokensService/EncodeCompletions", ""],
      ["losses", "cross_entropy", "warmup.enabled"],
    ]);
  });

  test("adapters need their rank, a fixed number format its name, and groups their size", () => {
    const changed = {
      ...experiment,
      model: { ...experiment.model, lora: { rank: 16, alpha: 32 }, computeDtype: "bfloat16" as const },
      reasoner: { ...experiment.reasoner, groupSize: 8 },
    };
    expect(missing(changed)).toEqual([
      ["trainable", "lora", "model.lora"],
      ["maxLoraRank", 16, "model.lora.rank"],
      ["computeDtypes", "bfloat16", "model.computeDtype"],
      ["maxSamplesPerPrompt", 8, "reasoner.groupSize"],
    ]);
  });

  test("a round that trains nothing needs no loss and no checkpoint", () => {
    const calls = ["TokensService/Tokenize", "SamplingService/Sample"];
    const sampler = { ...declared, calls, losses: [], surrogates: [], corrections: [] };
    expect(unmetNeeds(trainerNeeds(experiment, "play"), sampler)).toEqual([]);
    expect(unmetNeeds(trainerNeeds(experiment, "train"), sampler)).not.toEqual([]);
  });
});
