import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { decodeRecorded, encodeRecorded } from "../../../src/adapters/runs/batch-file.js";
import type { RecordedBatch } from "../../../src/app/ports/runs.js";
import type { TrainSequence } from "../../../src/app/ports/trainer.js";

const optim = {
  learningRate: 1e-6,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0,
  maxGradNorm: 1,
  resetMoments: false,
};

const ids = fc.array(fc.nat(2 ** 31 - 1), { maxLength: 9 }).map((all) => Int32Array.from(all));
const sequence = (prompts: number): fc.Arbitrary<TrainSequence> =>
  fc.nat(7).chain((length) => {
    const floats = fc
      .array(fc.float({ noNaN: true }), { minLength: length, maxLength: length })
      .map((all) => Float32Array.from(all));
    return fc.record({
      promptRef: fc.nat(prompts - 1),
      completionIds: fc
        .array(fc.nat(70_000), { minLength: length, maxLength: length })
        .map((all) => Int32Array.from(all)),
      weights: floats,
      advantages: floats,
      behaviorLogprobs: fc.option(floats),
      temperature: fc.constantFrom(1, 0.7),
      role: fc.constantFrom("challenger" as const, "reasoner" as const),
      groupId: fc.string(),
      sampleId: fc.string(),
    });
  });
const recorded: fc.Arbitrary<RecordedBatch> = fc.array(ids, { minLength: 1, maxLength: 4 }).chain((prompts) =>
  fc.record({
    optim: fc.constant(optim),
    batch: fc.option(
      fc.record({
        prompts: fc.constant(prompts),
        sequences: fc.array(sequence(prompts.length), { maxLength: 5 }),
        loss: fc.constant({ kind: "cross_entropy" as const }),
        normalizer: fc.double({ min: 1, max: 1e6, noNaN: true }),
      }),
    ),
  }),
);

test("what is read is what was written", () => {
  fc.assert(
    fc.property(recorded, fc.nat(1000), (one, step) => {
      expect(decodeRecorded(step, encodeRecorded(step, one))).toEqual(one);
    }),
  );
});

test("any changed byte, any missing end and any other step is noticed", () => {
  fc.assert(
    fc.property(recorded, fc.nat(), fc.integer({ min: 1, max: 255 }), (one, place, change) => {
      const bytes = encodeRecorded(3, one);
      expect(decodeRecorded(4, bytes)).toBeNull();
      expect(decodeRecorded(3, bytes.subarray(0, place % bytes.length))).toBeNull();
      const at = place % bytes.length;
      bytes[at] = (bytes[at] ?? 0) ^ change;
      expect(decodeRecorded(3, bytes)).toBeNull();
    }),
  );
});
