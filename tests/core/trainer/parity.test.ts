import { describe, expect, test } from "@jest/globals";
import { compareTrainers, type TrainerMeasure } from "../../../src/core/trainer/parity.js";

const rows = (...values: number[]): Float32Array[] => [Float32Array.from(values)];
const measure = (changes: Partial<TrainerMeasure> = {}): TrainerMeasure => ({
  trainer: "reference",
  computeDtype: "float32",
  trained: "full",
  loss: 0.5,
  gradNorm: 2,
  before: rows(-1, -2, -3),
  after: rows(-0.99, -2.01, -2.98),
  seconds: 1,
  ...changes,
});

describe("two trainers on one batch", () => {
  test.each<[string, Partial<TrainerMeasure>, boolean]>([
    ["the same numbers", {}, true],
    [
      "differences of rounding",
      { gradNorm: 2.0001, before: rows(-1.0001, -2, -3), after: rows(-0.9901, -2.01, -2.98) },
      true,
    ],
    ["another gradient norm", { gradNorm: 2.1 }, false],
    ["another loss", { loss: 0.51 }, false],
    [
      "log-probabilities one token off",
      { before: rows(-2, -3, -1), after: rows(-1.99, -3.01, -0.98) },
      false,
    ],
    ["a step in the other direction", { after: rows(-1.01, -1.99, -3.02) }, false],
    ["a step that was not taken", { after: rows(-1, -2, -3) }, false],
    ["half the step", { after: rows(-0.995, -2.005, -2.99) }, false],
  ])("%s", (_, changes, same) => {
    const [reference, other] = compareTrainers([measure(), measure({ trainer: "other", ...changes })]);
    expect(reference?.same).toBe(true);
    expect(other?.same).toBe(same);
  });

  test("bfloat16 on one side widens the tolerances, not beyond a step that was not taken", () => {
    const coarse = { trainer: "other", computeDtype: "bfloat16" };
    const near = measure({
      ...coarse,
      gradNorm: 2.1,
      before: rows(-1.05, -2, -3),
      after: rows(-1.04, -2.01, -2.98),
    });
    const still = measure({ ...coarse, after: rows(-1, -2, -3) });
    expect(compareTrainers([measure(), near])[1]?.same).toBe(true);
    expect(compareTrainers([measure(), still])[1]?.same).toBe(false);
  });

  test("adapters against full weights: another size of step is fine, another direction is not", () => {
    const adapter = { trainer: "other", trained: "adapter", gradNorm: 0.3 } as const;
    const shorter = measure({ ...adapter, after: rows(-0.998, -2.003, -2.995) });
    const uphill = measure({ ...adapter, after: rows(-1.01, -1.99, -3.02) });
    const still = measure({ ...adapter, after: rows(-1, -2, -3) });
    const shifted = measure({ ...adapter, before: rows(-2, -3, -1), after: rows(-1.99, -3.01, -0.98) });
    const same = (one: TrainerMeasure) => compareTrainers([measure(), one])[1]?.same;
    expect([shorter, uphill, still, shifted].map(same)).toEqual([true, false, false, false]);
  });

  test("other sequences are refused", () => {
    expect(() => compareTrainers([measure(), measure({ before: rows(-1), after: rows(-1) })])).toThrow(
      RangeError,
    );
  });
});
