import type { Verdict } from "../records/answer.js";
import { choose } from "../statistics/binomial.js";
import type { ArmCount } from "./arms.js";

/**
 * Plan that may end the blind attempts of a task early. The first `look` attempts are sampled. When
 * all of them are correct, or none of them is correct, the remaining attempts are not sampled.
 * docs/efficient-scoring.md has the reasons.
 */
export interface EarlyStop {
  /** Number of attempts before the decision. At least 2 and below `attempts`. */
  readonly look: number;
  /** Number of attempts on a task that does not stop early (K). */
  readonly attempts: number;
}

/**
 * True when the first `look` attempts are all correct, or when none of them is correct. False when
 * the engine lost one of these attempts, because a lost attempt says nothing about the task.
 */
export function stopsEarly(verdicts: readonly Verdict[], { look }: EarlyStop): boolean {
  if (verdicts.length < look) return false;
  const first = verdicts.slice(0, look);
  if (first.includes("infrastructure")) return false;
  const correct = first.filter((verdict) => verdict === "correct").length;
  return correct === 0 || correct === look;
}

/**
 * The reward of a task whose attempts may stop early. Whatever the probability of a correct attempt
 * is, the mean of this reward equals the mean of `reward` over K attempts without early stopping
 * (proof: docs/efficient-scoring.md). When the attempts stopped early, the result is `reward` of 0
 * of K, or `reward` of K of K. When all K attempts were sampled, the formula below corrects
 * `reward` for the cases that stop early.
 *
 * @param blind attempts that were sampled: `look` when the attempts stopped early, else `attempts`
 * @param reward the reward without early stopping
 * @throws RangeError when these counts are not a possible result of the plan
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
  // The attempts could have come in any order. `orders` is the number of different orders of their
  // verdicts. In `wrongFirst` of these orders, the first `look` attempts are all wrong. In
  // `correctFirst` of them, the first `look` attempts are all correct. These orders stop early, and
  // their reward is `none` or `all`. The formula subtracts the rewards of the orders that stop
  // early, and divides by the number of the other orders. So the mean over all orders is
  // `reward(blind)`.
  const wrongFirst = choose(attempts - look, correct);
  const correctFirst = choose(attempts - look, correct - look);
  const orders = choose(attempts, correct);
  return (
    (orders * reward(blind) - wrongFirst * none - correctFirst * all) / (orders - wrongFirst - correctFirst)
  );
}
