import type { Rng } from "../random/rng.js";

/**
 * Picks the Challenger's training group of a document: G of its n checked proposals (SPICE section
 * 3.1). A valid proposal is an admitted proposal. When v of the n proposals are valid, the group
 * has G * v / n valid proposals, rounded to the nearest whole number; a half is rounded up. When v
 * is at least 1, the group has at least one valid proposal. The paper states neither the rounding
 * nor this minimum. Valid members are picked uniformly without replacement from the valid
 * proposals, the other members from the refused proposals.
 *
 * @param valid one value for each proposal: true when the proposal was admitted
 * @param groupSize G, a whole number of at least 1
 * @returns ascending indices; all indices when n <= G
 * @throws RangeError for a group size below 1
 */
export function subsample(valid: readonly boolean[], groupSize: number, rng: Rng): number[] {
  if (!Number.isInteger(groupSize) || groupSize < 1)
    throw new RangeError(`A group needs a size of at least 1, not ${groupSize}.`);
  if (valid.length <= groupSize) return valid.map((_, index) => index);
  const indices = valid.map((_, index) => index);
  const good = indices.filter((index) => valid[index]);
  const bad = indices.filter((index) => !valid[index]);
  const validCount = validMembers(good.length, valid.length, groupSize);
  const chosen = [...pickMembers(good, validCount, rng), ...pickMembers(bad, groupSize - validCount, rng)];
  return chosen.sort((a, b) => a - b);
}

/** Number of valid members in the group: `good * groupSize / total`, rounded half up. */
function validMembers(good: number, total: number, groupSize: number): number {
  if (good === 0) return 0;
  return Math.max(1, Math.floor((2 * good * groupSize + total) / (2 * total)));
}

function pickMembers(from: readonly number[], count: number, rng: Rng): number[] {
  return rng.sample(from.length, count).map((place) => from[place] as number);
}
