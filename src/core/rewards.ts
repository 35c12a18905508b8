import type { Verdict } from "./episode.js";
import type { RewardConfig } from "./experiment.js";

/** Largest population variance of a 0/1 variable: a pass rate of one half. */
const PEAK_VARIANCE = 0.25;

/**
 * Challenger reward of an admitted proposal (SPICE Eq. 1 and 5): exp(-(Var - 0.25)^2 / (2 sigma^2)), where
 * Var = p (1 - p) is the population variance of the graded correctness bits. 1 when half the attempts are
 * right, least when all or none are. Invalid proposals do not come here: they earn `r.invalid`.
 *
 * @param correct attempts that reached the gold answer
 * @param graded attempts with a verdict; those lost to infrastructure are not counted
 * @throws RangeError unless 0 <= correct <= graded, graded >= 1 (whole numbers) and sigma > 0
 */
export function challengerReward(correct: number, graded: number, r: RewardConfig): number {
  if (
    !Number.isInteger(correct) ||
    !Number.isInteger(graded) ||
    graded < 1 ||
    correct < 0 ||
    correct > graded
  ) {
    throw new RangeError(
      `challengerReward needs 0 <= correct <= graded and graded >= 1, not ${correct} of ${graded}.`,
    );
  }
  if (!(r.sigma > 0)) throw new RangeError(`reward.sigma must be greater than 0, not ${r.sigma}.`);
  // Whole numbers multiplied before the one division keep k of n and n - k of n exactly equal.
  const variance = (correct * (graded - correct)) / (graded * graded);
  return Math.exp(-((variance - PEAK_VARIANCE) ** 2) / (2 * r.sigma ** 2));
}

/**
 * Reasoner reward (SPICE 2.3): 1 for correct, 0 for wrong or unparsable, null (no evidence at all) for an
 * infrastructure error.
 */
export function reasonerReward(verdict: Verdict): number | null {
  switch (verdict) {
    case "correct":
      return 1;
    case "wrong":
    case "unparsable":
      return 0;
    case "infrastructure":
      return null;
  }
}
