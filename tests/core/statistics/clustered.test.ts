import { describe, expect, test } from "@jest/globals";
import { keyed, type Rng } from "../../../src/core/random/rng.js";
import {
  clusteredDifference,
  clusteredMean,
  lastThirdMinusFirst,
  type Observation,
} from "../../../src/core/statistics/clustered.js";
import { type Interval, mean } from "../../../src/core/statistics/intervals.js";
import { studentT975 } from "../../../src/core/statistics/student-t.js";

/** A standard normal draw (Box-Muller). */
function normal(rng: Rng): number {
  return Math.sqrt(-2 * Math.log(1 - rng.next())) * Math.cos(2 * Math.PI * rng.next());
}

/**
 * Percentile bootstrap of the mean over whole clusters: says the same as the formula, by another
 * way.
 */
function bootstrap(observations: readonly Observation[], rng: Rng, draws: number): Interval {
  const names = [...new Set(observations.map((one) => one.cluster))];
  const clusters = names.map((name) => observations.filter((one) => one.cluster === name));
  const means = Array.from({ length: draws }, () => {
    const resampled = clusters.flatMap(() => rng.pick(clusters));
    return mean(resampled.map((one) => one.value)) as number;
  }).sort((a, b) => a - b);
  return {
    low: means[Math.floor(0.025 * draws)] as number,
    high: means[Math.ceil(0.975 * draws) - 1] as number,
  };
}

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

  test("the last third against the first finds a trend, and its absence", () => {
    const points = (trend: number) =>
      Array.from({ length: 120 }, (_, index) => {
        const rng = keyed("trend", index);
        return {
          cluster: `d${index % 40}`,
          x: Math.floor(index / 4),
          value: trend * Math.floor(index / 4) + normal(rng),
        };
      });
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
        const boot = bootstrap(observations, keyed("boot"), 2000);
        expect(Math.abs(boot.low - interval.low)).toBeLessThan(0.4);
        expect(Math.abs(boot.high - interval.high)).toBeLessThan(0.4);
      }
    }
    expect(covered / trials).toBeGreaterThan(0.9);
    expect(covered / trials).toBeLessThan(0.99);
  });

  test("says nothing from one cluster or no values", () => {
    const one: Observation[] = [{ cluster: "a", value: 1 }];
    expect([clusteredMean(one), clusteredMean([]), clusteredDifference([], one)]).toEqual([null, null, null]);
  });
});
