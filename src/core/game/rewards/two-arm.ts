import { type RewardVariant, requireCounts } from "./variant.js";

/** Weight of `band` in the reward. The weight of `gain` is 1 minus this value. */
const BAND_WEIGHT = 0.6;
/**
 * `band` is a function of the blind pass rate. It is 1 from `low` to `high`. It is 0 up to
 * `low - ramp` and from `high + ramp` on. Between these values, it is linear.
 */
const BAND = { low: 0.4, high: 0.6, ramp: 0.25 };

/**
 * Two-arm reward: 0.6 x band(blind pass rate) + 0.4 x max(0, open rate - blind rate). The second
 * part is `gain`: how much the document helps. The band is 1 from 0.4 to 0.6. It falls linearly to
 * 0 over 0.25 on each side. The weights and the band are the defaults of SPADE (Liu et al. 2026,
 * arXiv 2608.19197). A task with a wrong gold answer earns less than a hard task, because the
 * document does not help to reach a wrong gold answer.
 */
export const twoArmReward: RewardVariant = {
  readsOpenBook: true,
  reward({ blind, open }) {
    requireCounts(blind);
    requireCounts(open);
    const rate = blind.correct / blind.graded;
    const outside = Math.max(BAND.low - rate, rate - BAND.high, 0);
    const band = Math.max(0, 1 - outside / BAND.ramp);
    const gain = Math.max(0, open.correct / open.graded - rate);
    return BAND_WEIGHT * band + (1 - BAND_WEIGHT) * gain;
  },
};
