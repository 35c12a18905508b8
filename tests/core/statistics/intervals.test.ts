import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { mean, wilson } from "../../../src/core/statistics/intervals.js";
import { studentT975 } from "../../../src/core/statistics/student-t.js";

test("the mean of nothing is null", () => {
  expect([mean([1, 2, 6]), mean([])]).toEqual([3, null]);
});

describe("wilson", () => {
  // Computed separately in Python from the published formula, z = 1.96.
  test.each([
    [0, 10, 0, 0.2775],
    [5, 10, 0.2366, 0.7634],
    [95, 100, 0.8882, 0.9785],
  ])("%i of %i", (successes, n, low, high) => {
    const interval = wilson(successes, n);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });

  test("holds the share, stays in [0, 1] and knows nothing without trials", () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(200), (a, b) => {
        const [successes, n] = a < b ? [a, b] : [b, a];
        const { low, high } = wilson(successes, n);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        if (n > 0) {
          expect(low).toBeLessThanOrEqual(successes / n);
          expect(high).toBeGreaterThanOrEqual(successes / n);
        }
      }),
    );
    expect(wilson(0, 0)).toEqual({ low: 0, high: 1 });
    expect(() => wilson(3, 2)).toThrow(RangeError);
  });
});

test.each([
  [1, 12.7062],
  [2, 4.3027],
  [3, 3.1824],
  [5, 2.5706],
  [10, 2.2281],
  [30, 2.0423],
  [1000, 1.9623],
])("Student's t with %i degrees", (degrees, expected) => {
  expect(Math.abs(studentT975(degrees) - expected)).toBeLessThan(degrees < 5 ? 0.02 : 0.002);
});
