import { median } from "../interleave.js";

/** Values of one process or clock after every step. */
export type Series = readonly number[];

/** Trend of a figure over a run. */
export interface Trend {
  /** Median of the first and of the last tenth. */
  readonly first: number;
  readonly last: number;
  /** Least-squares slope, in the unit of the figure for each step. */
  readonly slope: number;
  /** Half the width of the 95 % interval of the slope. */
  readonly margin: number;
  /** Highest block mean of the first half. */
  readonly earlierPeak: number;
}

/**
 * Residuals of neighboring steps are correlated, so the interval comes from means of this many
 * blocks and not from single steps.
 */
const BLOCKS = 20;
/** Two-sided 95 % quantile of Student's t for `BLOCKS` - 2 degrees of freedom. */
const T_95 = 2.101;

/** Returns the trend of a series of at least 40 values. The caller removes the warm-up. */
export function trendOf(series: Series): Trend {
  if (series.length < 2 * BLOCKS)
    throw new RangeError(`a trend needs ${2 * BLOCKS} values, not ${series.length}`);
  const tenth = Math.max(1, Math.floor(series.length / 10));
  const size = Math.floor(series.length / BLOCKS);
  const means = Array.from({ length: BLOCKS }, (_, block) =>
    mean(series.slice(block * size, (block + 1) * size)),
  );
  const { slope, error } = leastSquares(means);
  return {
    first: median(series.slice(0, tenth)),
    last: median(series.slice(-tenth)),
    slope: slope / size,
    margin: (T_95 * error) / size,
    earlierPeak: Math.max(...means.slice(0, BLOCKS / 2)),
  };
}

/**
 * Whether a figure rises. Three conditions: the whole interval is above zero; over all steps it
 * rises by more than `tolerance` of its start; and it ends above its earlier peak. The third
 * condition excludes the sawtooth of a garbage collector that is cut at one end of the run: it has
 * a slope but returns to its old height. A steady rise ends above its first half by 0.45 of its
 * whole rise; a quarter of the tolerance is required.
 */
export function rises(trend: Trend, steps: number, tolerance: number): boolean {
  const { first, last, slope, margin, earlierPeak } = trend;
  return (
    slope - margin > 0 &&
    slope * steps > tolerance * first &&
    last > earlierPeak + 0.25 * tolerance * Math.abs(first)
  );
}

function leastSquares(values: Series): { slope: number; error: number } {
  const [middle, level] = [(values.length - 1) / 2, mean(values)];
  const spread = values.reduce((sum, _, x) => sum + (x - middle) ** 2, 0);
  const slope = values.reduce((sum, y, x) => sum + (x - middle) * (y - level), 0) / spread;
  const rest = values.reduce((sum, y, x) => sum + (y - level - slope * (x - middle)) ** 2, 0);
  return { slope, error: Math.sqrt(rest / (values.length - 2) / spread) };
}

const mean = (values: Series): number => values.reduce((sum, one) => sum + one, 0) / values.length;

const BARS = "▁▂▃▄▅▆▇█";

/** Returns the series as a line of `width` bars from zero to its largest value. */
export function chart(series: Series, width = 60): string {
  const columns = Math.min(width, series.length);
  const means = Array.from({ length: columns }, (_, column) =>
    mean(
      series.slice(
        Math.floor((column * series.length) / columns),
        Math.floor(((column + 1) * series.length) / columns),
      ),
    ),
  );
  const most = Math.max(...means);
  return means
    .map((one) => BARS[most === 0 ? 0 : Math.min(BARS.length - 1, Math.floor((one / most) * BARS.length))])
    .join("");
}
