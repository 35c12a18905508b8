import { expect, test } from "@jest/globals";
import { requireSuitable } from "../../../src/app/trainer/suitable.js";
import { presets } from "../../../src/config/presets.js";
import { resolveLayers } from "../../../src/config/resolve.js";
import type { Declared } from "../../../src/core/trainer/needs.js";
import { declaresLeast as bare } from "../../support/declared.js";

const demo = () => resolveLayers([{ name: "preset", values: { preset: "demo" } }]).experiment;
const refusal = (declared: Declared) => {
  try {
    requireSuitable(demo(), "train", { backend: "bigram", declared });
    return null;
  } catch (error) {
    return error;
  }
};

test("one error names every need that is not declared, with its setting, and what to set instead", () => {
  expect(refusal(bare)).toMatchObject({
    code: "TRAINER_UNSUITABLE",
    exit: 2,
    message:
      "The trainer bigram does not declare what this experiment needs: " +
      'challenger.prompts = small needs "stop_strings" in sampling_parameters (declared: temperature); ' +
      'train.loss.surrogate = ppo_clip needs "ppo_clip" in surrogates (declared: plain); ' +
      'train.loss.ratio = token needs "token" in ratios (declared: none); ' +
      'train.loss.correction = token_truncate needs "token_truncate" in corrections (declared: none); ' +
      'warmup.enabled = true needs "cross_entropy" in losses (declared: policy_gradient).',
    hint: expect.stringContaining("-s challenger.prompts=paper -s challenger.focus=document, -s train.loss"),
  });
});

test("the settings that the error names are enough to run", () => {
  const instead = {
    preset: "demo",
    challenger: { prompts: "paper", focus: "document" },
    train: { loss: { surrogate: "plain", ratio: "none", correction: "none" } },
    warmup: { enabled: false },
  };
  const { experiment } = resolveLayers([{ name: "changed", values: instead }]);
  expect(() => requireSuitable(experiment, "train", { backend: "bigram", declared: bare })).not.toThrow();
});

test("there is a preset to compare with", () => {
  expect(Object.keys(presets)).toEqual(["spice", "demo"]);
});
