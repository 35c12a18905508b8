import type { Rng } from "../random/rng.js";

/**
 * Picks the G proposals of a document that form the Challenger's training group (SPICE section
 * 3.1). The share of valid proposals in the group is that of all N proposals, rounded half up, with
 * at least one valid proposal when any exists. The paper leaves the rounding and that guarantee
 * open. Members of each side are picked uniformly without replacement.
 *
 * @param valid for each proposal, whether it was admitted
 * @param groupSize G, a whole number of at least 1
 * @returns ascending indices; all indices when N <= G
 * @throws RangeError for a group size below 1
 */
export function subsample(valid: readonly boolean[], groupSize: number, rng: Rng): number[] {
  if (!Number.isInteger(groupSize) || groupSize < 1)
    throw new RangeError(`A group needs a size of at least 1, not ${groupSize}.`);
  if (valid.length <= groupSize) return valid.map((_, index) => index);
  const indices = valid.map((_, index) => index);
  const good = indices.filter((index) => valid[index]);
  const bad = indices.filter((index) => !valid[index]);
  const goodSeats = seats(good.length, valid.length, groupSize);
  const chosen = [...pickMembers(good, goodSeats, rng), ...pickMembers(bad, groupSize - goodSeats, rng)];
  return chosen.sort((a, b) => a - b);
}

/** Number of valid members in the group. */
function seats(good: number, total: number, groupSize: number): number {
  if (good === 0) return 0;
  return Math.max(1, Math.floor((2 * good * groupSize + total) / (2 * total)));
}

function pickMembers(from: readonly number[], count: number, rng: Rng): number[] {
  return rng.sample(from.length, count).map((place) => from[place] as number);
}
