import { type Interval, mean, sum } from "./intervals.js";
import { studentT975 } from "./student-t.js";

/** An estimate with its 95 % interval and the number of independent clusters behind it. */
export interface Estimate extends Interval {
  readonly estimate: number;
  readonly clusters: number;
}

/**
 * One measured value and what it is clustered by: values of the same document are not independent.
 */
export interface Observation {
  readonly cluster: string;
  readonly value: number;
}

/**
 * Mean with a cluster-robust 95 % interval. Null with fewer than two clusters, because nothing then
 * says how they vary.
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
 * Mean of `after` minus mean of `before`, with a cluster-robust 95 % interval; a cluster may be on
 * both sides (the same document played early and late, or in two runs), which the interval takes
 * into account. Null when a side is empty or there are fewer than two clusters.
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
 * Last third minus first third of a run by x: the learning claim, for one metric. The middle third
 * is left out.
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

/** Each cluster's share of the estimate's error. */
function influence(
  observations: readonly Observation[],
  part: (value: number) => number,
): Map<string, number> {
  const parts = new Map<string, number>();
  for (const { cluster, value } of observations) parts.set(cluster, (parts.get(cluster) ?? 0) + part(value));
  return parts;
}

/**
 * Sandwich interval with the C / (C - 1) correction and Student's t on C - 1 degrees of freedom.
 */
function robust(estimate: number, parts: ReadonlyMap<string, number>): Estimate | null {
  const clusters = parts.size;
  if (clusters < 2) return null;
  const variance = (clusters / (clusters - 1)) * sum([...parts.values()].map((part) => part ** 2));
  const half = studentT975(clusters - 1) * Math.sqrt(variance);
  return { estimate, low: estimate - half, high: estimate + half, clusters };
}
