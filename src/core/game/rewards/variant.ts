import type { RewardConfig } from "../../experiment/experiment.js";
import type { ArmCount } from "../arms.js";

/** What a reward reads of one admitted task. */
export interface TaskOutcome {
  /** Attempts without the document. */
  readonly blind: ArmCount;
  /** Attempts with the document. Only variants with `readsOpenBook` read this count. */
  readonly open: ArmCount;
}

/**
 * One formula for the Challenger's reward. A new formula is one file with a `RewardVariant`, one
 * entry in `VARIANTS` (rewards.ts) and one value of `reward.kind` (experiment/experiment.ts).
 */
export interface RewardVariant {
  /**
   * True when the formula needs graded attempts with the document. Without them the task has no
   * reward.
   */
  readonly readsOpenBook: boolean;
  /**
   * Reward of an admitted task.
   *
   * @throws RangeError unless 0 <= correct <= graded and graded >= 1 in every arm that the formula
   * reads; also when the formula reads `sigma` and `sigma` is not greater than 0
   */
  reward(outcome: TaskOutcome, config: Pick<RewardConfig, "sigma">): number;
}

/**
 * Refuses counts that no arm can have.
 *
 * @throws RangeError unless 0 <= correct <= graded, graded >= 1, and both are whole numbers
 */
export function requireCounts({ correct, graded }: ArmCount): void {
  const whole = Number.isInteger(correct) && Number.isInteger(graded);
  if (whole && graded >= 1 && correct >= 0 && correct <= graded) return;
  throw new RangeError(
    `challengerReward needs 0 <= correct <= graded and graded >= 1, not ${correct} of ${graded}.`,
  );
}
