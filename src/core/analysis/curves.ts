import { clusteredMean, type TrendPoint } from "../statistics/clustered.js";

/**
 * A smoothed curve. Each point is the mean over a window of steps, with its 95 % interval over
 * documents.
 */
export interface Curve {
  /** Half width of the window, in steps. */
  readonly window: number;
  readonly points: readonly {
    readonly step: number;
    readonly value: number;
    readonly low: number;
    readonly high: number;
  }[];
  /** The mean of each step, without smoothing. */
  readonly steps: readonly { readonly step: number; readonly value: number }[];
}

/** Largest number of points on a curve. More points cannot be seen. */
const RESOLUTION = 80;

/**
 * Smooths with a window of a fifth of the run, at least three steps wide. Such a window shows a
 * trend in spite of the noise.
 */
export function curve(points: readonly TrendPoint[]): Curve {
  const byStep = new Map<number, TrendPoint[]>();
  for (const point of points) {
    const there = byStep.get(point.x);
    if (there === undefined) byStep.set(point.x, [point]);
    else there.push(point);
  }
  const steps = [...byStep.keys()].sort((a, b) => a - b);
  const window = Math.max(1, Math.round(steps.length / 10));
  const stride = Math.max(1, Math.ceil(steps.length / RESOLUTION));
  const shown = steps.filter((_, index) => index % stride === 0 || index === steps.length - 1);
  return {
    window,
    points: shown.flatMap((step) => {
      const near = steps
        .filter((other) => Math.abs(other - step) <= window)
        .flatMap((other) => byStep.get(other) ?? []);
      const estimate = clusteredMean(near);
      return estimate === null
        ? []
        : [{ step, value: estimate.estimate, low: estimate.low, high: estimate.high }];
    }),
    steps: steps.map((step) => {
      const values = byStep.get(step) ?? [];
      return { step, value: values.reduce((sum, one) => sum + one.value, 0) / values.length };
    }),
  };
}
