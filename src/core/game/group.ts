import type { Rng } from "../random/rng.js";

/**
 * Which of a document's N proposals form the Challenger's training group of G (SPICE section 3.1): the
 * observed valid:invalid proportion is kept by the largest-remainder rule, a tie going to the valid side, and
 * there is at least one valid member when any exists (the paper leaves both rounding and that guarantee
 * open). Members of each side are drawn uniformly without replacement.
 *
 * @param valid for each proposal, whether it was admitted
 * @param groupSize G, a whole number of at least 1
 * @returns ascending indices; all of them when N <= G
 */
export function subsample(valid: readonly boolean[], groupSize: number, rng: Rng): number[] {
  if (!Number.isInteger(groupSize) || groupSize < 1)
    throw new RangeError(`A group needs a size of at least 1, not ${groupSize}.`);
  if (valid.length <= groupSize) return valid.map((_, index) => index);
  const indices = valid.map((_, index) => index);
  const good = indices.filter((index) => valid[index]);
  const bad = indices.filter((index) => !valid[index]);
  const goodSeats = seats(good.length, valid.length, groupSize);
  const chosen = [...draw(good, goodSeats, rng), ...draw(bad, groupSize - goodSeats, rng)];
  return chosen.sort((a, b) => a - b);
}

/**
 * Seats of the valid side. With two sides, largest remainder with ties to the valid side is rounding half up.
 */
function seats(good: number, total: number, groupSize: number): number {
  if (good === 0) return 0;
  return Math.max(1, Math.floor((2 * good * groupSize + total) / (2 * total)));
}

function draw(from: readonly number[], count: number, rng: Rng): number[] {
  return rng.sample(from.length, count).map((place) => from[place] as number);
}
