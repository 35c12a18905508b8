/**
 * Group-groupCentered advantages (SPICE Eq. 3-4, Dr. GRPO): reward minus the mean of its own group, without
 * division by the standard deviation. Members without a reward (null) take no part in the mean and stay null.
 */
export function groupCentered(rewards: readonly (number | null)[]): (number | null)[] {
  const known = rewards.filter((reward) => reward !== null);
  const first = known[0];
  // Equal rewards give exactly 0; a rounded mean would leave a residue that trains on nothing.
  if (known.every((reward) => reward === first)) return rewards.map((reward) => (reward === null ? null : 0));
  const mean = known.reduce((sum, reward) => sum + reward, 0) / known.length;
  return rewards.map((reward) => (reward === null ? null : reward - mean));
}

/** True when a group carries no gradient: every advantage is 0 or absent. Such groups are skipped. */
export function zeroVariance(advantages: readonly (number | null)[]): boolean {
  return advantages.every((advantage) => advantage === null || advantage === 0);
}
