import type { Verdict } from "../records/answer.js";
import { binomial, choose } from "../statistics/binomial.js";

/**
 * A plan for K attempts with one look after m of them: when those m agree (all right, or none), no more are drawn. The reasons,
 * and the proof that the reward stays unbiased, are in docs/efficient-scoring.md.
 */
export interface EarlyStop {
  /** m: attempts before the look; at least 2 and below `attempts`. */
  readonly look: number;
  /** K: attempts in all. */
  readonly attempts: number;
}

/** Whether the first `look` verdicts end the attempts. One that was lost to the engine says nothing, so then all are drawn. */
export function stopsEarly(verdicts: readonly Verdict[], { look }: EarlyStop): boolean {
  if (verdicts.length < look) return false;
  const first = verdicts.slice(0, look);
  if (first.includes("infrastructure")) return false;
  const right = first.filter((one) => one === "correct").length;
  return right === 0 || right === look;
}

/**
 * The reward of a task under the plan: the only function of the outcome whose mean, at every pass rate, is that of
 * `reward(k, K)` over K independent attempts. A stopped task has what unanimity over all K would have; of one that went on, the
 * paths that were stopped are taken out of its share.
 *
 * @param correct right attempts among those drawn
 * @param drawn `look` when the plan stopped there, else `attempts`
 * @param reward of k right attempts out of n, as it is paid without early stopping
 */
export function curtailedReward(
  correct: number,
  drawn: number,
  { look, attempts }: EarlyStop,
  reward: (correct: number, graded: number) => number,
): number {
  const [none, all] = [reward(0, attempts), reward(attempts, attempts)];
  if (drawn === look && (correct === 0 || correct === look)) return correct === 0 ? none : all;
  if (drawn !== attempts || correct <= 0 || correct >= attempts)
    throw new RangeError(`The plan ${look} of ${attempts} cannot end with ${correct} of ${drawn}.`);
  // Of the ways to get `correct` of `attempts`, those whose first `look` agree were stopped and paid already.
  const [wrongFirst, rightFirst] = [
    choose(attempts - look, correct),
    choose(attempts - look, correct - look),
  ];
  const ways = choose(attempts, correct);
  return (
    (ways * reward(correct, attempts) - wrongFirst * none - rightFirst * all) /
    (ways - wrongFirst - rightFirst)
  );
}

/** Attempts drawn on average on a task of this pass rate. */
export function expectedAttempts(passRate: number, { look, attempts }: EarlyStop): number {
  const stop = binomial(look, 0, passRate) + binomial(look, look, passRate);
  return look * stop + attempts * (1 - stop);
}
