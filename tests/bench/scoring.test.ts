import { expect, test } from "@jest/globals";
import { benchScoring, evenMix } from "../../bench/scoring.js";

test("early stopping draws fewer attempts for the same expected reward", () => {
  const summary = benchScoring("even", evenMix().slice(0, 16), { look: 4, attempts: 8 }, 60);
  expect(summary.rolloutsPerGroup.with).toBeLessThan(summary.rolloutsPerGroup.without);
  expect(summary.rolloutsPerGroup.with).toBeCloseTo(summary.rolloutsPerGroup.expected, 0);
  const { low, high } = summary.reward.difference;
  // A little over the 95 % interval: seeds are fixed, so this either holds for good or the
  // estimator is biased.
  const slack = high - low;
  expect(low - slack).toBeLessThan(0);
  expect(high + slack).toBeGreaterThan(0);
});

test("a document with one task saves nothing: the Reasoner trains on it", () => {
  const summary = benchScoring("one", [[0.01], [0.99]], { look: 4, attempts: 8 }, 10);
  expect(summary.saved).toBe(0);
  expect(summary.reward.difference.mean).toBe(0);
});
