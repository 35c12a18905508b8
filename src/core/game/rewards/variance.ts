import { type RewardVariant, requireCounts } from "./variant.js";

/** Largest population variance of a 0/1 variable. A pass rate of one half has this variance. */
const PEAK_VARIANCE = 0.25;

/**
 * The paper's reward (SPICE Eq. 1 and 5): exp(-(Var - 0.25)^2 / (2 sigma^2)). Var = p (1 - p) is
 * the population variance of the correctness of the graded blind attempts. The reward is 1 when
 * half of the attempts are correct, and lowest when all or none of the attempts are correct.
 */
export const varianceReward: RewardVariant = {
  readsOpenBook: false,
  reward({ blind }, { sigma }) {
    requireCounts(blind);
    if (!(sigma > 0)) throw new RangeError(`reward.sigma must be greater than 0, not ${sigma}.`);
    const { correct, graded } = blind;
    // The product of whole numbers is exact, and one division follows. So k of n and n - k of n
    // have exactly the same variance.
    const variance = (correct * (graded - correct)) / (graded * graded);
    return Math.exp(-((variance - PEAK_VARIANCE) ** 2) / (2 * sigma ** 2));
  },
};
