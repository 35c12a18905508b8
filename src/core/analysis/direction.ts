import type { Interval } from "../statistics/intervals.js";

/**
 * What an interval of a change says: the value `rose`, it `fell`, the change is `unclear` because
 * the interval contains 0, or the change is `unmeasured` because there is no interval.
 */
export type Direction = "rose" | "fell" | "unclear" | "unmeasured";

/**
 * The direction of a change. Every text and color about a change is decided here, so that the
 * terminal and the report say the same about the same figures. Only the 95 % interval decides.
 */
export function directionOf(change: Pick<Interval, "low" | "high"> | null): Direction {
  if (change === null) return "unmeasured";
  if (change.low > 0) return "rose";
  return change.high < 0 ? "fell" : "unclear";
}

/** A direction as words, the same in the terminal and in the report. */
export const DIRECTION_TEXT: Readonly<Record<Direction, string>> = {
  rose: "rose",
  fell: "fell",
  unclear: "no clear change",
  unmeasured: "not measured in enough documents",
};
