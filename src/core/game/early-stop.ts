import type { Verdict } from "../records/answer.js";
import { choose } from "../statistics/binomial.js";
import type { ArmCount } from "./arms.js";

/**
 * Rule that may end the blind attempts of a task early: after `look` attempts, the remaining
 * attempts are not sampled when all of them agree (all correct, or none correct).
 * docs/efficient-scoring.md has the reasons.
 */
export interface EarlyStop {
  /** Attempts before the decision. At least 2 and below `attempts`. */
  readonly look: number;
  /** Attempts of a task that does not stop early (K). */
  readonly attempts: number;
}

/**
 * True when the first `look` verdicts end the attempts. An attempt that the engine lost has no
 * verdict about the task, so all attempts are then sampled.
 */
export function stopsEarly(verdicts: readonly Verdict[], { look }: EarlyStop): boolean {
  if (verdicts.length < look) return false;
  const first = verdicts.slice(0, look);
  if (first.includes("infrastructure")) return false;
  const correct = first.filter((verdict) => verdict === "correct").length;
  return correct === 0 || correct === look;
}

/**
 * Reward when attempts may stop early. Its expected value equals that of `reward` over K
 * independent attempts without early stopping, for every pass rate (proof:
 * docs/efficient-scoring.md). Stopped early: `reward` of 0 of K or of K of K. If all K
 * attempts were sampled: the formula below leaves out the orders in which the attempts would have
 * stopped early.
 *
 * @param blind attempts that were sampled: `look` when the attempts stopped early, else `attempts`
 * @param reward the reward without early stopping
 * @throws RangeError when the plan cannot end with these counts
 */
export function earlyStopReward(
  blind: ArmCount,
  { look, attempts }: EarlyStop,
  reward: (blind: ArmCount) => number,
): number {
  const { correct, graded } = blind;
  const none = reward({ correct: 0, graded: attempts });
  const all = reward({ correct: attempts, graded: attempts });
  if (graded === look && correct === 0) return none;
  if (graded === look && correct === look) return all;
  if (graded !== attempts || correct <= 0 || correct >= attempts)
    throw new RangeError(`The plan ${look} of ${attempts} cannot end with ${correct} of ${graded}.`);
  // Of all orders with `correct` of `attempts`, the orders whose first `look` agree stopped early.
  // Their reward is already paid by the two cases above.
  const wrongFirst = choose(attempts - look, correct);
  const correctFirst = choose(attempts - look, correct - look);
  const orders = choose(attempts, correct);
  return (
    (orders * reward(blind) - wrongFirst * none - correctFirst * all) / (orders - wrongFirst - correctFirst)
  );
}
