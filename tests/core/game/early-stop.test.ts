import { describe, expect, test } from "@jest/globals";
import type { ArmCount } from "../../../src/core/game/arms.js";
import { type EarlyStop, earlyStopReward, stopsEarly } from "../../../src/core/game/early-stop.js";
import { challengerReward } from "../../../src/core/game/rewards/rewards.js";
import { keyed } from "../../../src/core/random/rng.js";
import { binomial, binomialTail, choose } from "../../../src/core/statistics/binomial.js";

const none = { correct: 0, graded: 0 };
const variance = (blind: ArmCount) =>
  challengerReward({ blind, open: none }, { kind: "variance", sigma: 0.1 });
const twoArm = (blind: ArmCount) =>
  challengerReward({ blind, open: { correct: 3, graded: 4 } }, { kind: "two_arm", sigma: 0.1 });
const rates = [0, 0.02, 0.1, 0.25, 0.4, 0.5, 0.75, 0.93, 1];
const plans: readonly EarlyStop[] = [
  { look: 2, attempts: 3 },
  { look: 2, attempts: 8 },
  { look: 4, attempts: 8 },
  { look: 7, attempts: 8 },
  { look: 5, attempts: 16 },
];

/** What all K attempts pay on average at pass rate p: exact. */
const fullMean = (p: number, { attempts }: EarlyStop, reward: typeof variance) =>
  Array.from(
    { length: attempts + 1 },
    (_, k) => binomial(attempts, k, p) * reward({ correct: k, graded: attempts }),
  ).reduce((sum, part) => sum + part, 0);

/** The same under the plan, summed over everything that can happen. */
function plannedMean(p: number, plan: EarlyStop, reward: typeof variance): number {
  const { look, attempts } = plan;
  let mean = 0;
  for (let first = 0; first <= look; first += 1) {
    const chance = binomial(look, first, p);
    if (first === 0 || first === look) {
      mean += chance * earlyStopReward({ correct: first, graded: look }, plan, reward);
      continue;
    }
    for (let more = 0; more <= attempts - look; more += 1)
      mean +=
        chance *
        binomial(attempts - look, more, p) *
        earlyStopReward({ correct: first + more, graded: attempts }, plan, reward);
  }
  return mean;
}

describe("the plan with one look", () => {
  test.each(plans)(
    "its reward has exactly the mean of all attempts, at every pass rate: $look of $attempts",
    (plan) => {
      for (const p of rates)
        for (const reward of [variance, twoArm])
          expect(plannedMean(p, plan, reward)).toBeCloseTo(fullMean(p, plan, reward), 10);
    },
  );

  test("simulated draws agree within four standard errors, and save the attempts they should", () => {
    const plan = { look: 4, attempts: 8 };
    for (const p of rates) {
      const rng = keyed("early-stop", p);
      const draws = 4000;
      let [sum, squares, spent] = [0, 0, 0];
      for (let draw = 0; draw < draws; draw += 1) {
        const right = Array.from({ length: 8 }, () => rng.next() < p);
        const verdicts = right.map((one) => (one ? ("correct" as const) : ("wrong" as const)));
        const drawn = stopsEarly(verdicts.slice(0, 4), plan) ? 4 : 8;
        const paid = earlyStopReward(
          { correct: right.slice(0, drawn).filter(Boolean).length, graded: drawn },
          plan,
          variance,
        );
        sum += paid;
        squares += paid ** 2;
        spent += drawn;
      }
      const mean = sum / draws;
      const error = Math.sqrt(Math.max(0, squares / draws - mean ** 2) / draws);
      expect(Math.abs(mean - fullMean(p, plan, variance))).toBeLessThanOrEqual(4 * error + 1e-9);
      // The first four attempts are all right or all wrong, and then the other four are not drawn.
      expect(spent / draws).toBeCloseTo(8 - 4 * (p ** 4 + (1 - p) ** 4), 0);
    }
  });

  test("for 4 of 8 the values are those of docs/efficient-scoring.md", () => {
    const paid = [1, 2, 3, 4, 5, 6, 7].map((k) =>
      earlyStopReward({ correct: k, graded: 8 }, { look: 4, attempts: 8 }, variance),
    );
    expect(paid.map((one) => one.toFixed(4))).toEqual([
      "0.7001",
      "1.0349",
      "1.0605",
      "1.0281",
      "1.0605",
      "1.0349",
      "0.7001",
    ]);
    expect(earlyStopReward({ correct: 0, graded: 4 }, { look: 4, attempts: 8 }, variance)).toBe(
      variance({ correct: 0, graded: 8 }),
    );
  });

  test("it stops when the first attempts agree, but not on what the engine lost", () => {
    const plan = { look: 2, attempts: 4 };
    expect(stopsEarly(["wrong", "unparsable"], plan)).toBe(true);
    expect(stopsEarly(["correct", "correct"], plan)).toBe(true);
    expect(stopsEarly(["correct", "wrong"], plan)).toBe(false);
    expect(stopsEarly(["wrong", "infrastructure"], plan)).toBe(false);
    expect(stopsEarly(["wrong"], plan)).toBe(false);
  });

  test("an outcome that the plan cannot have is refused", () => {
    for (const [correct, drawn] of [
      [0, 8],
      [8, 8],
      [1, 4],
      [2, 6],
    ] as const)
      expect(() => earlyStopReward({ correct, graded: drawn }, { look: 4, attempts: 8 }, variance)).toThrow(
        RangeError,
      );
  });
});

test("binomial coefficients and probabilities are those of Pascal's triangle", () => {
  expect([0, 1, 2, 3, 4, 5].map((k) => choose(5, k))).toEqual([1, 5, 10, 10, 5, 1]);
  expect(choose(30, 15)).toBe(155_117_520);
  expect([choose(5, -1), choose(5, 6)]).toEqual([0, 0]);
  expect(binomialTail(8, 5, 0.25)).toBeCloseTo(0.0273, 4);
  expect(binomialTail(4, 4, 0.25)).toBeCloseTo(1 / 256, 12);
});
