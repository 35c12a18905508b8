import type { RewardConfig } from "../../experiment/experiment.js";
import type { Verdict } from "../../records/answer.js";
import { twoArmReward } from "./two-arm.js";
import { varianceReward } from "./variance.js";
import type { RewardVariant, TaskOutcome } from "./variant.js";

/** The formula of each value of `reward.kind`. */
const VARIANTS: Readonly<Record<RewardConfig["kind"], RewardVariant>> = {
  variance: varianceReward,
  two_arm: twoArmReward,
};

/** True when the configured formula needs graded attempts with the document. */
export function readsOpenBook({ kind }: Pick<RewardConfig, "kind">): boolean {
  return VARIANTS[kind].readsOpenBook;
}

/**
 * Challenger reward of an admitted proposal, by the configured formula. It is not called for a
 * refused proposal, whose reward is `reward.invalid`.
 *
 * @throws RangeError unless 0 <= correct <= graded and graded >= 1 in every arm that the formula
 * reads; with the kind `variance`, also unless sigma > 0
 */
export function challengerReward(outcome: TaskOutcome, config: Pick<RewardConfig, "kind" | "sigma">): number {
  return VARIANTS[config.kind].reward(outcome, config);
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
