import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { chart, rises, trendOf } from "../../bench/soak/figures.js";
import { judge } from "../../bench/soak/report.js";
import type { SoakedRun } from "../../bench/soak/run.js";
import { keyed } from "../../src/core/random/rng.js";

const line = (steps: number, of: (step: number) => number): number[] =>
  Array.from({ length: steps }, (_, step) => of(step));

/** A run of 500 steps whose orchestrator grows, leaks descriptors or slows down as told. */
function run(changes: { kib?: number; descriptors?: number; cpu?: number; wall?: number }): SoakedRun {
  const noise = keyed("soak test");
  let cpuSeconds = 0;
  const samples = line(500, (step) => step).map((step) => {
    cpuSeconds += 0.05 + (changes.cpu ?? 0) * step + noise.next() * 0.01;
    const held = {
      rssKiB: 100_000 + noise.next() * 2000 + (changes.kib ?? 0) * step,
      descriptors: 30 + Math.floor(noise.next() * 3) + Math.floor((changes.descriptors ?? 0) * step),
      cpuSeconds,
    };
    const trainer = { rssKiB: 80_000, descriptors: 20, cpuSeconds: 0 };
    return {
      step,
      seconds: 0.2 + noise.next() * 0.1 + (changes.wall ?? 0) * step,
      orchestrator: held,
      trainer,
    };
  });
  return { samples, trained: { steps: 500, trainedSteps: [], trainedTokens: 7000, digests: [] } };
}

describe("a soak's verdict", () => {
  test.each([
    ["nothing grows", {}, true],
    ["memory grows by 20 KiB a step", { kib: 20 }, false],
    ["memory grows by 1 KiB a step, half a percent in all", { kib: 1 }, true],
    ["a descriptor is lost every 50 steps", { descriptors: 0.02 }, false],
    ["steps take more processor time", { cpu: 0.0001, wall: 0.0005 }, false],
    ["steps take longer on a machine that others use", { wall: 0.0005 }, true],
  ])("%s", (_, changes, flat) => {
    const { soak, text } = judge("fake", run(changes));
    expect(soak.flat).toBe(flat);
    expect(text).toContain(flat ? "verdict: flat" : "verdict: RISING");
  });

  test("figures are told as they are", () => {
    const { soak } = judge("fake", run({ kib: 20, descriptors: 0.02 }));
    expect(soak.memorySlopeKiBPerStep.orchestrator).toBeCloseTo(20, 0);
    expect(soak.memorySlopeKiBPerStep.trainer).toBe(0);
    expect(soak.descriptorsDelta.orchestrator).toBeGreaterThanOrEqual(6);
    expect([soak.steps, soak.trainedTokens]).toEqual([500, 7000]);
  });
});

describe("trends", () => {
  test("a sawtooth that is cut at one end does not rise, a steady climb of the same slope does", () => {
    const sawtooth = line(400, (step) =>
      step < 60 ? 120_000 : 84_000 + 36_000 * Math.min(1, (step - 60) / 180),
    );
    const climb = line(400, (step) => 100_000 + 60 * step);
    expect(trendOf(sawtooth).slope).toBeGreaterThan(20);
    expect(rises(trendOf(sawtooth), 400, 0.05)).toBe(false);
    expect(rises(trendOf(climb), 400, 0.05)).toBe(true);
  });

  test("of a line are the line, without doubt", () => {
    fc.assert(
      fc.property(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 40, max: 400 }), (slope, steps) => {
        const trend = trendOf(line(steps, (step) => 1000 + slope * step));
        expect(trend.slope).toBeCloseTo(slope, 6);
        expect(trend.margin).toBeCloseTo(0, 6);
        // Of a level line, rounding decides which side of zero its slope is on.
        if (slope !== 0) expect(rises(trend, steps, 0)).toBe(slope > 0);
      }),
    );
  });

  test("need enough values", () => {
    expect(() => trendOf(line(39, () => 1))).toThrow(RangeError);
  });

  test("charts go from zero to the largest value", () => {
    expect(chart([0, 0, 7, 7, 14, 14], 3)).toBe("▁▅█");
    expect(chart([0, 0], 2)).toBe("▁▁");
  });
});
