/** A two-sided interval, both ends included. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Sum; 0 without values. */
export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Arithmetic mean; null without values. */
export function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : sum(values) / values.length;
}

/**
 * Wilson score interval of a share (Wilson 1927); [0, 1] without trials.
 *
 * @param n trials
 * @param z quantile of the normal distribution; 1.96 gives 95 %
 * @throws RangeError unless 0 <= successes <= n
 */
export function wilson(successes: number, n: number, z = 1.96): Interval {
  if (!(successes >= 0 && successes <= n))
    throw new RangeError(`wilson needs 0 <= successes <= n, not ${successes} of ${n}.`);
  if (n === 0) return { low: 0, high: 1 };
  const share = successes / n;
  const scale = 1 + z ** 2 / n;
  const center = (share + z ** 2 / (2 * n)) / scale;
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / n + z ** 2 / (4 * n ** 2));
  // At the ends the bound is the share itself; rounding must not push it past.
  return {
    low: successes === 0 ? 0 : Math.max(0, center - half),
    high: successes === n ? 1 : Math.min(1, center + half),
  };
}
