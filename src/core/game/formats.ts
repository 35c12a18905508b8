import type { MixEntry } from "../experiment/experiment.js";
import type { TaskFormat } from "../records/task.js";

/**
 * Picks the task format of one document by systematic sampling. A line is divided into one interval
 * for each format. The length of an interval is the share of its format. Each document of the step
 * is a point on the line. The points have equal distances. One random number moves all points
 * together. A document gets the format of the interval that contains its point.
 *
 * So the probability of a format is its share. In one step, the number of documents with a format
 * is its share of all documents, rounded up or down.
 *
 * @param slot place of the document in the step, 0 to `slots` - 1
 * @param slots documents of the step
 * @param shift random number of the step, from 0 up to 1
 */
export function formatOf(
  mix: readonly [MixEntry, ...MixEntry[]],
  slot: number,
  slots: number,
  shift: number,
): TaskFormat {
  let point = ((slot + shift) / slots) * mix.reduce((sum, { share }) => sum + share, 0);
  for (const { format, share } of mix) {
    point -= share;
    if (point < 0) return format;
  }
  // A rounding error can move the last point to the end of the line.
  return (mix.at(-1) as MixEntry).format;
}
