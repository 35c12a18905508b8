import type { RewardConfig } from "../../experiment/experiment.js";
import type { Verdict } from "../../records/answer.js";
import { twoArmReward } from "./two-arm.js";
import { varianceReward } from "./variance.js";
import type { RewardVariant, TaskOutcome } from "./variant.js";

/** The formula of each value of `reward.kind`. The formula of `own` is in a module of the user. */
const VARIANTS: Readonly<Record<Exclude<RewardConfig["kind"], "own">, RewardVariant>> = {
  variance: varianceReward,
  two_arm: twoArmReward,
};

/**
 * The formula that the settings name.
 *
 * @param own the formula of the module `reward.module`; null when there is no such module
 * @throws RangeError when `reward.kind` is `own` and `own` is null
 */
export function rewardFormula(
  { kind }: Pick<RewardConfig, "kind">,
  own: RewardVariant | null,
): RewardVariant {
  if (kind !== "own") return VARIANTS[kind];
  if (own === null) throw new RangeError("reward.kind `own` needs the formula of reward.module.");
  return own;
}

/**
 * Challenger reward of an admitted proposal, by a formula of this package. It is not called for a
 * refused proposal, whose reward is `reward.invalid`.
 *
 * @throws RangeError in each of three cases: an arm that the formula reads has no graded attempt,
 * or more correct attempts than graded ones; the kind is `variance` and sigma is not greater than
 * 0; the kind is `own`
 */
export function challengerReward(outcome: TaskOutcome, config: Pick<RewardConfig, "kind" | "sigma">): number {
  return rewardFormula(config, null).reward(outcome, config);
}

/**
 * Reasoner reward of one attempt (SPICE section 2.3): 1 for `correct`, 0 for `wrong` and
 * `unparsable`. An attempt that the engine lost has no reward (null), because a lost attempt says
 * nothing about the model.
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
