import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { subsample } from "../../../src/core/game/group.js";
import { keyed } from "../../../src/core/random/rng.js";

const flags = (good: number, bad: number): boolean[] => [
  ...new Array<boolean>(good).fill(true),
  ...new Array<boolean>(bad).fill(false),
];
const goodIn = (valid: readonly boolean[], chosen: readonly number[]): number =>
  chosen.filter((index) => valid[index]).length;

describe("subsample", () => {
  test("takes everything, in order, when there is no more than a group", () => {
    expect(subsample([true, false, true], 8, keyed("x"))).toEqual([0, 1, 2]);
    expect(subsample(flags(3, 5), 8, keyed("x"))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(subsample([], 8, keyed("x"))).toEqual([]);
  });

  test.each<[number, number, number]>([
    // valid, invalid, valid seats of 8
    [512, 512, 4],
    [256, 768, 2],
    [1, 1023, 1],
    [1023, 1, 8],
    [1024, 0, 8],
    [0, 1024, 0],
    [3, 13, 2],
    [5, 11, 3],
  ])("%i valid and %i invalid give %i valid seats", (good, bad, seats) => {
    const valid = flags(good, bad);
    const chosen = subsample(valid, 8, keyed("seats", good));
    expect(chosen).toHaveLength(8);
    expect(goodIn(valid, chosen)).toBe(seats);
  });

  test("is within one seat of the observed share, has no repeats, and keeps a valid one when there is one", () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { maxLength: 200 }),
        fc.integer({ min: 1, max: 16 }),
        fc.string(),
        (valid, size, key) => {
          const chosen = subsample(valid, size, keyed(key));
          expect(chosen).toEqual([...new Set(chosen)].sort((a, b) => a - b));
          expect(chosen).toHaveLength(Math.min(size, valid.length));
          const good = valid.filter(Boolean).length;
          if (good > 0) expect(goodIn(valid, chosen)).toBeGreaterThan(0);
          if (valid.length > 0)
            expect(Math.abs(goodIn(valid, chosen) - (chosen.length * good) / valid.length)).toBeLessThan(1);
        },
      ),
    );
  });

  test("every invalid proposal has the same chance", () => {
    const counts = new Array<number>(20).fill(0);
    for (let draw = 0; draw < 5_000; draw += 1) {
      for (const index of subsample(flags(0, 20), 4, keyed("chance", draw)))
        counts[index] = (counts[index] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });

  test("refuses a group of nothing", () => {
    expect(() => subsample([true], 0, keyed("x"))).toThrow(RangeError);
  });
});
