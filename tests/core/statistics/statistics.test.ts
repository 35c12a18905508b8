import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { keyed } from "../../../src/core/random/rng.js";
import {
  clusterBootstrap,
  clusteredDifference,
  clusteredMean,
  clusteredSlope,
  histogram,
  lastThirdMinusFirst,
  mean,
  type Observation,
  populationVariance,
  quantile,
  wilson,
} from "../../../src/core/statistics/clustered.js";
import { studentT975 } from "../../../src/core/statistics/student-t.js";

/** A standard normal draw (Box-Muller). */
function normal(rng: ReturnType<typeof keyed>): number {
  return Math.sqrt(-2 * Math.log(1 - rng.next())) * Math.cos(2 * Math.PI * rng.next());
}

test("mean and population variance", () => {
  expect([mean([1, 2, 6]), populationVariance([0, 1])]).toEqual([3, 0.25]);
  expect([mean([]), populationVariance([])]).toEqual([null, null]);
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

test("quantile interpolates", () => {
  expect([quantile([4, 1, 3, 2], 0.5), quantile([1, 2], 0), quantile([1, 2], 1), quantile([], 0.5)]).toEqual([
    2.5,
    1,
    2,
    null,
  ]);
  expect(() => quantile([1], 1.1)).toThrow(RangeError);
});

test("histogram closes the last bin only", () => {
  expect(histogram([0, 0.5, 1, 2, 3, -1], [0, 1, 2])).toEqual([2, 2]);
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

describe("intervals over clusters", () => {
  test("singletons give the plain t interval", () => {
    const values = [1, 2, 3, 4, 5];
    const result = clusteredMean(values.map((value, index) => ({ cluster: String(index), value })));
    const half = studentT975(4) * Math.sqrt(2.5 / 5);
    expect(result?.estimate).toBe(3);
    expect(result?.high).toBeCloseTo(3 + half, 12);
  });

  test("repeating a document's value does not buy certainty", () => {
    const once: Observation[] = [1, 2, 3, 4].map((value) => ({ cluster: `d${value}`, value }));
    const often = once.flatMap((one) => new Array<Observation>(10).fill(one));
    expect((clusteredMean(often) as { high: number }).high).toBeCloseTo(
      (clusteredMean(once) as { high: number }).high,
      12,
    );
  });

  test("a document on both sides cancels out of the difference", () => {
    const documents = [0, 10, 20, 30];
    const at = (shift: number): Observation[] =>
      documents.map((value) => ({ cluster: `d${value}`, value: value + shift }));
    expect(clusteredDifference(at(0), at(1))).toMatchObject({ estimate: 1, clusters: 4 });
    const { low, high } = clusteredDifference(at(0), at(1)) as { low: number; high: number };
    expect(high - low).toBeCloseTo(0, 9);
  });

  test("slope and thirds find a trend, and its absence", () => {
    const points = (trend: number) =>
      Array.from({ length: 120 }, (_, index) => {
        const rng = keyed("trend", index);
        return {
          cluster: `d${index % 40}`,
          x: Math.floor(index / 4),
          value: trend * Math.floor(index / 4) + normal(rng),
        };
      });
    const rising = clusteredSlope(points(0.2)) as { estimate: number; low: number };
    expect(rising.low).toBeGreaterThan(0);
    expect(Math.abs(rising.estimate - 0.2)).toBeLessThan(0.05);
    expect((lastThirdMinusFirst(points(0.2)) as { low: number }).low).toBeGreaterThan(0);
    const flat = lastThirdMinusFirst(points(0)) as { low: number; high: number };
    expect(flat.low).toBeLessThan(0);
    expect(flat.high).toBeGreaterThan(0);
  });

  test("covers the truth about 95 times in 100, and agrees with the bootstrap", () => {
    let covered = 0;
    const trials = 400;
    for (let trial = 0; trial < trials; trial += 1) {
      const rng = keyed("coverage", trial);
      const observations = Array.from({ length: 12 }, (_, cluster) => {
        const level = normal(rng);
        return Array.from({ length: 1 + rng.int(5) }, () => ({
          cluster: String(cluster),
          value: level + normal(rng),
        }));
      }).flat();
      const interval = clusteredMean(observations) as { low: number; high: number };
      if (interval.low <= 0 && interval.high >= 0) covered += 1;
      if (trial === 0) {
        const boot = clusterBootstrap(observations, (values) => mean(values) as number, keyed("boot")) as {
          low: number;
        };
        expect(Math.abs(boot.low - interval.low)).toBeLessThan(0.4);
      }
    }
    expect(covered / trials).toBeGreaterThan(0.9);
    expect(covered / trials).toBeLessThan(0.99);
  });

  test("says nothing from one cluster, no values or no spread", () => {
    const one: Observation[] = [{ cluster: "a", value: 1 }];
    expect([clusteredMean(one), clusteredMean([]), clusteredDifference([], one)]).toEqual([null, null, null]);
    expect(clusterBootstrap(one, () => 0, keyed(1))).toBeNull();
    expect(
      clusteredSlope([
        { cluster: "a", x: 1, value: 1 },
        { cluster: "b", x: 1, value: 2 },
      ]),
    ).toBeNull();
  });
});
