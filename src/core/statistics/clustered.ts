import type { Rng } from "../random/rng.js";
import { studentT975 } from "./student-t.js";

/** A two-sided interval. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** An estimate with its 95 % interval and the number of independent clusters behind it. */
export interface Estimate extends Interval {
  readonly estimate: number;
  readonly clusters: number;
}

/** One measured value and what it is clustered by: values of the same document are not independent. */
export interface Observation {
  readonly cluster: string;
  readonly value: number;
}

/** Arithmetic mean; null without values. */
export function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : sum(values) / values.length;
}

/** Variance with divisor n; null without values. */
export function populationVariance(values: readonly number[]): number | null {
  const center = mean(values);
  return center === null ? null : sum(values.map((value) => (value - center) ** 2)) / values.length;
}

/** Wilson score interval of a share; [0, 1] without trials. RangeError unless 0 <= successes <= n. */
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

/**
 * The q-quantile by linear interpolation between order statistics (Hyndman and Fan type 7); null without
 * values.
 */
export function quantile(values: readonly number[], q: number): number | null {
  if (!(q >= 0 && q <= 1)) throw new RangeError(`A quantile lies between 0 and 1, not at ${q}.`);
  const sorted = [...values].sort((a, b) => a - b);
  const place = q * (sorted.length - 1);
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  return below === undefined || above === undefined
    ? null
    : below + (above - below) * (place - Math.floor(place));
}

/**
 * Counts per bin of ascending edges, each bin [edge, next), the last one closed. Values outside are not
 * counted.
 */
export function histogram(values: readonly number[], edges: readonly number[]): number[] {
  const counts = new Array<number>(Math.max(0, edges.length - 1)).fill(0);
  const last = counts.length - 1;
  for (const value of values) {
    const bin =
      value === edges[edges.length - 1]
        ? last
        : edges.findIndex((edge, index) => value >= edge && value < (edges[index + 1] ?? edge));
    if (bin >= 0) counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}

/**
 * Mean with a cluster-robust 95 % interval. Null with fewer than two clusters, because nothing then says how
 * they vary.
 */
export function clusteredMean(observations: readonly Observation[]): Estimate | null {
  const center = mean(observations.map((one) => one.value));
  if (center === null) return null;
  return robust(
    center,
    influence(observations, (value) => (value - center) / observations.length),
  );
}

/**
 * Mean of `after` minus mean of `before`, with a cluster-robust 95 % interval; a cluster may be on both sides
 * (the same document played early and late, or in two runs), which the interval takes into account. Null when
 * a side is empty or there are fewer than two clusters.
 */
export function clusteredDifference(
  before: readonly Observation[],
  after: readonly Observation[],
): Estimate | null {
  const [early, late] = [mean(before.map((one) => one.value)), mean(after.map((one) => one.value))];
  if (early === null || late === null) return null;
  const parts = influence(after, (value) => (value - late) / after.length);
  for (const [cluster, part] of influence(before, (value) => (early - value) / before.length)) {
    parts.set(cluster, (parts.get(cluster) ?? 0) + part);
  }
  return robust(late - early, parts);
}

/** A value at a point of a run, for trends. */
export interface TrendPoint extends Observation {
  /** Step, or any other running index. */
  readonly x: number;
}

/**
 * Least-squares slope per unit of x with a cluster-robust 95 % interval. Null when x does not vary or there
 * are fewer than two clusters.
 */
export function clusteredSlope(points: readonly TrendPoint[]): Estimate | null {
  const [xs, ys] = [points.map((point) => point.x), points.map((point) => point.value)];
  const [meanX, meanY] = [mean(xs), mean(ys)];
  if (meanX === null || meanY === null) return null;
  const spread = sum(xs.map((x) => (x - meanX) ** 2));
  if (spread === 0) return null;
  const slope = sum(points.map(({ x, value }) => (x - meanX) * (value - meanY))) / spread;
  const parts = new Map<string, number>();
  for (const { x, value, cluster } of points) {
    const residual = value - meanY - slope * (x - meanX);
    parts.set(cluster, (parts.get(cluster) ?? 0) + ((x - meanX) * residual) / spread);
  }
  return robust(slope, parts);
}

/**
 * Last third minus first third of a run by x: the learning claim, for one metric. The middle third is left
 * out.
 */
export function lastThirdMinusFirst(points: readonly TrendPoint[]): Estimate | null {
  const xs = [...new Set(points.map((point) => point.x))].sort((a, b) => a - b);
  const third = Math.floor(xs.length / 3);
  const [early, late] = [new Set(xs.slice(0, third)), new Set(xs.slice(xs.length - third))];
  return clusteredDifference(
    points.filter((point) => early.has(point.x)),
    points.filter((point) => late.has(point.x)),
  );
}

/**
 * Percentile bootstrap of any statistic over whole clusters: a check on the formulas above. Null with fewer
 * than two clusters.
 *
 * @param draws resamples; 2000 steadies the ends of a 95 % interval
 */
export function clusterBootstrap(
  observations: readonly Observation[],
  statistic: (values: readonly number[]) => number,
  rng: Rng,
  draws = 2000,
): Estimate | null {
  const clusters = byCluster(observations);
  if (clusters.length < 2) return null;
  const results = Array.from({ length: draws }, () => {
    const drawn = clusters.map(() => rng.pick(clusters));
    return statistic(drawn.flat().map((one) => one.value));
  });
  return {
    estimate: statistic(observations.map((one) => one.value)),
    low: quantile(results, 0.025) as number,
    high: quantile(results, 0.975) as number,
    clusters: clusters.length,
  };
}

function byCluster(observations: readonly Observation[]): Observation[][] {
  const groups = new Map<string, Observation[]>();
  for (const one of observations) groups.set(one.cluster, [...(groups.get(one.cluster) ?? []), one]);
  return [...groups.values()];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Each cluster's share of the estimate's error. */
function influence(
  observations: readonly Observation[],
  part: (value: number) => number,
): Map<string, number> {
  const parts = new Map<string, number>();
  for (const { cluster, value } of observations) parts.set(cluster, (parts.get(cluster) ?? 0) + part(value));
  return parts;
}

/** Sandwich interval with the C / (C - 1) correction and Student's t on C - 1 degrees of freedom. */
function robust(estimate: number, parts: ReadonlyMap<string, number>): Estimate | null {
  const clusters = parts.size;
  if (clusters < 2) return null;
  const variance = (clusters / (clusters - 1)) * sum([...parts.values()].map((part) => part ** 2));
  const half = studentT975(clusters - 1) * Math.sqrt(variance);
  return { estimate, low: estimate - half, high: estimate + half, clusters };
}
