import { describe, expect, test } from "@jest/globals";
import {
  activationBytes,
  adapterParameters,
  learnerParts,
  type MemorySizes,
  recomputedActivationBytes,
  totalBytes,
  versionBytes,
} from "../../../src/core/trainer/memory-plan.js";

/** SmolLM2-135M, as its config.json and weight file have it. */
const SMOLLM2 = {
  parameters: 134_515_008,
  layers: 30,
  hidden: 576,
  intermediate: 1536,
  vocabulary: 49_152,
  heads: 9,
  keyValueHeads: 3,
  headSize: 64,
};

const sizes = (changes: Partial<MemorySizes> = {}): MemorySizes => ({
  shape: SMOLLM2,
  loraRank: null,
  computeBytes: 4,
  contextTokens: 512,
  ...changes,
});

describe("memory of a learner", () => {
  test("full training in float32 takes sixteen bytes a parameter: weights, gradient, two moments", () => {
    expect(totalBytes(learnerParts(sizes()))).toBe(16 * SMOLLM2.parameters);
  });

  test("bfloat16 products add a second copy of the weights, and halve what a published version takes", () => {
    const half = sizes({ computeBytes: 2 });
    expect(totalBytes(learnerParts(half))).toBe(18 * SMOLLM2.parameters);
    expect(versionBytes(half)).toBe(versionBytes(sizes()) / 2);
  });

  test("adapters of rank 16 on every linear layer are 4.9 million numbers, and only they have moments", () => {
    // PEFT's own count for SmolLM2-135M with all seven target modules at rank 16.
    expect(adapterParameters(SMOLLM2, 16)).toBe(4_884_480);
    const lora = sizes({ loraRank: 16 });
    expect(totalBytes(learnerParts(lora))).toBe(4 * SMOLLM2.parameters + 16 * 4_884_480);
    expect(versionBytes(lora)).toBe(4 * 4_884_480);
  });

  test("activations grow with the tokens of a micro-batch", () => {
    const once = activationBytes(sizes(), 1024, 0);
    expect(activationBytes(sizes(), 2048, 0)).toBe(2 * once);
  });

  test("activations computed again leave one row of the hidden size a token and layer, and one layer's own", () => {
    const rows = 70_778_880; // 1024 tokens, 30 layers, 576 numbers of 4 bytes
    const oneLayer = activationBytes(sizes(), 1024, 0) / SMOLLM2.layers;
    expect(recomputedActivationBytes(sizes(), 1024, 0)).toBe(rows + oneLayer);
    expect(recomputedActivationBytes(sizes(), 1024, 0)).toBeLessThan(activationBytes(sizes(), 1024, 0) / 10);
  });
});
