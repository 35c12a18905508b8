import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { withAdvantages, zeroVariance } from "../../../src/core/game/advantages.js";

const centered = (rewards: readonly (number | null)[]) =>
  withAdvantages(rewards.map((one) => ({ reward: one }))).map(({ advantage }) => advantage);

const reward = fc.double({ min: -1, max: 1, noNaN: true });

describe("withAdvantages", () => {
  test("subtracts the mean and does not divide by the deviation", () => {
    expect(centered([1, 0, 0, 0])).toEqual([0.75, -0.25, -0.25, -0.25]);
  });

  test("leaves out what has no reward, and keeps its place", () => {
    expect(centered([1, null, 0])).toEqual([0.5, null, -0.5]);
    expect(centered([null, null])).toEqual([null, null]);
    expect(centered([])).toEqual([]);
  });

  test("sums to zero and keeps every distance between members", () => {
    fc.assert(
      fc.property(fc.array(reward, { minLength: 1, maxLength: 64 }), (rewards) => {
        const advantages = centered(rewards) as number[];
        expect(Math.abs(advantages.reduce((sum, x) => sum + x, 0))).toBeLessThan(1e-12);
        advantages.forEach((advantage, index) => {
          expect(advantage - (advantages[0] as number)).toBeCloseTo(
            (rewards[index] as number) - (rewards[0] as number),
            12,
          );
        });
      }),
    );
  });

  test("does not depend on the order of the group", () => {
    fc.assert(
      fc.property(fc.array(reward, { minLength: 1, maxLength: 16 }), (rewards) => {
        const backwards = centered([...rewards].reverse()).reverse() as number[];
        for (const [index, advantage] of (centered(rewards) as number[]).entries()) {
          expect(advantage).toBeCloseTo(backwards[index] as number, 12);
        }
      }),
    );
  });

  test("equal rewards give exactly zero, whatever rounding does to their mean", () => {
    fc.assert(
      fc.property(reward, fc.integer({ min: 1, max: 50 }), (value, size) => {
        const advantages = centered(new Array<number>(size).fill(value));
        expect(advantages.every((advantage) => advantage === 0)).toBe(true);
        expect(zeroVariance(advantages)).toBe(true);
      }),
    );
  });
});

test("zeroVariance: only a group with a non-zero advantage trains", () => {
  expect(zeroVariance([])).toBe(true);
  expect(zeroVariance([null, 0])).toBe(true);
  expect(zeroVariance([0.1, -0.1])).toBe(false);
});
