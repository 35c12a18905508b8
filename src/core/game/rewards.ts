import type { RewardConfig } from "../experiment/experiment.js";
import type { Verdict } from "../records/answer.js";

/** Largest population variance of a 0/1 variable: a pass rate of one half. */
const PEAK_VARIANCE = 0.25;

/** Right attempts among the graded ones of one arm. */
export interface ArmCount {
  readonly correct: number;
  readonly graded: number;
}

/** What an admitted task is taken to have where nobody tried it with its document. */
const ALWAYS_RIGHT: ArmCount = { correct: 1, graded: 1 };

/**
 * Challenger reward of an admitted proposal, of the configured kind. Invalid proposals do not come here: they earn `r.invalid`.
 *
 * @param correct blind attempts that reached the gold answer
 * @param graded blind attempts with a verdict; those lost to infrastructure are not counted
 * @param open attempts with the document in hand; read by `two_arm` alone
 * @throws RangeError unless 0 <= correct <= graded, graded >= 1 (whole numbers) in each arm that is read, and sigma > 0
 */
export function challengerReward(
  correct: number,
  graded: number,
  r: Pick<RewardConfig, "kind" | "sigma">,
  open: ArmCount = ALWAYS_RIGHT,
): number {
  return r.kind === "two_arm"
    ? twoArmReward({ correct, graded }, open)
    : varianceReward({ correct, graded }, r.sigma);
}

/**
 * SPICE Eq. 1 and 5: exp(-(Var - 0.25)^2 / (2 sigma^2)), where Var = p (1 - p) is the population variance of the graded
 * correctness bits. 1 when half the attempts are right, least when all or none are.
 */
function varianceReward(blind: ArmCount, sigma: number): number {
  requireCounts(blind);
  if (!(sigma > 0)) throw new RangeError(`reward.sigma must be greater than 0, not ${sigma}.`);
  const { correct, graded } = blind;
  // Whole numbers multiplied before the one division keep k of n and n - k of n exactly equal.
  const variance = (correct * (graded - correct)) / (graded * graded);
  return Math.exp(-((variance - PEAK_VARIANCE) ** 2) / (2 * sigma ** 2));
}

/** Weight of the difficulty band in `two_arm`; the rest is the gap's (SPADE's default: 0.6 and 0.4; peers.md section 2). */
const BAND_WEIGHT = 0.6;
/** Pass rates that count as just right, and how far beyond them the band falls to 0 (SPADE: 0.4 to 0.6, ramp 0.25). */
const BAND = { low: 0.4, high: 0.6, ramp: 0.25 };

/**
 * Two-arm score (paper.md 10.2 item 2, after SPADE): 0.6 x a flat-top band over the blind pass rate + 0.4 x what the document adds,
 * floored at 0. A wrong gold, which the document does not help to reach, earns less than a hard but true one.
 */
export function twoArmReward(blind: ArmCount, open: ArmCount): number {
  requireCounts(blind);
  requireCounts(open);
  const rate = blind.correct / blind.graded;
  const outside = Math.max(BAND.low - rate, rate - BAND.high, 0);
  const band = Math.max(0, 1 - outside / BAND.ramp);
  const gap = Math.max(0, open.correct / open.graded - rate);
  return BAND_WEIGHT * band + (1 - BAND_WEIGHT) * gap;
}

function requireCounts({ correct, graded }: ArmCount): void {
  if (
    Number.isInteger(correct) &&
    Number.isInteger(graded) &&
    graded >= 1 &&
    correct >= 0 &&
    correct <= graded
  )
    return;
  throw new RangeError(
    `challengerReward needs 0 <= correct <= graded and graded >= 1, not ${correct} of ${graded}.`,
  );
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
