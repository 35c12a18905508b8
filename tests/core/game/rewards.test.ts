import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { challengerReward, reasonerReward } from "../../../src/core/game/rewards/rewards.js";

const SPICE = { kind: "variance" as const, sigma: 0.1, invalid: -0.1 };
const rewardOf = (correct: number, graded: number, config = SPICE) =>
  challengerReward({ blind: { correct, graded }, open: { correct: 0, graded: 0 } }, config);

describe("challengerReward", () => {
  // exp(-(Var - 0.25)^2 / 0.02) evaluated with 30 decimal digits (Python decimal), for 0..8 of 8.
  const table: [number, string][] = [
    [0, "0.04393693362340741732"],
    [1, "0.37203418593745242847"],
    [2, "0.82257756239866458971"],
    [3, "0.98786717231400033407"],
    [4, "1"],
    [5, "0.98786717231400033407"],
    [6, "0.82257756239866458971"],
    [7, "0.37203418593745242847"],
    [8, "0.04393693362340741732"],
  ];
  test.each(table)("%i of 8 correct", (correct, expected) => {
    expect(Math.abs(rewardOf(correct, 8, SPICE) - Number(expected))).toBeLessThan(1e-12);
  });

  const group = fc
    .integer({ min: 1, max: 64 })
    .chain((graded) => fc.tuple(fc.integer({ min: 0, max: graded }), fc.constant(graded)));

  test("is exactly symmetric in right and wrong", () => {
    fc.assert(
      fc.property(group, ([correct, graded]) => {
        expect(rewardOf(correct, graded, SPICE)).toBe(rewardOf(graded - correct, graded, SPICE));
      }),
    );
  });

  test("rises towards a pass rate of one half, and stays above an invalid proposal", () => {
    fc.assert(
      fc.property(group, ([correct, graded]) => {
        const reward = rewardOf(correct, graded, SPICE);
        expect(reward).toBeGreaterThan(0);
        expect(reward).toBeLessThanOrEqual(1);
        if (2 * (correct + 1) <= graded) expect(rewardOf(correct + 1, graded, SPICE)).toBeGreaterThan(reward);
      }),
    );
  });

  test("depends on the pass rate alone", () => {
    expect(rewardOf(2, 8, SPICE)).toBe(rewardOf(1, 4, SPICE));
  });

  test.each([
    [1, 0],
    [0, 0],
    [-1, 8],
    [9, 8],
    [0.5, 8],
    [Number.NaN, 8],
  ])("refuses %p of %p", (correct, graded) => {
    expect(() => rewardOf(correct, graded, SPICE)).toThrow(RangeError);
  });

  test("refuses a width of zero", () => {
    expect(() => rewardOf(1, 8, { ...SPICE, sigma: 0 })).toThrow(/sigma/);
  });
});

test("reasonerReward pays for being right and says nothing about what was lost", () => {
  expect((["correct", "wrong", "unparsable", "infrastructure"] as const).map(reasonerReward)).toEqual([
    1,
    0,
    0,
    null,
  ]);
});
