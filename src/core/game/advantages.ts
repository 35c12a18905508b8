/**
 * Advantages of one group (SPICE Eq. 3 and 4; Dr. GRPO, Liu et al. 2025): reward minus the mean
 * reward of the group, without division by the standard deviation. A member without a reward (null)
 * is not part of the mean and has no advantage.
 *
 * @returns the members in the same order, each with its `advantage`
 */
export function withAdvantages<Member extends { readonly reward: number | null }>(
  members: readonly Member[],
): readonly (Member & { readonly advantage: number | null })[] {
  const rewards = members.flatMap(({ reward }) => (reward === null ? [] : [reward]));
  const first = rewards[0];
  // When all rewards are equal, every advantage is exactly 0. A mean with a rounding error would
  // give small advantages, and the step would train on them.
  const mean = rewards.every((reward) => reward === first)
    ? first
    : rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length;
  return members.map((member) => ({
    ...member,
    advantage: member.reward === null || mean === undefined ? null : member.reward - mean,
  }));
}

/**
 * True when every advantage of a group is 0 or missing. The step does not train on such a group.
 * Without a KL or entropy term, its gradient is 0.
 */
export function zeroVariance(advantages: readonly (number | null)[]): boolean {
  return advantages.every((advantage) => advantage === null || advantage === 0);
}
