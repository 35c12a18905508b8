import type { MixEntry } from "../experiment/experiment.js";
import type { TaskFormat } from "../records/task.js";

/**
 * The task format of one document, by systematic sampling. The documents of a step stand at equal
 * distances on a line that is divided by the shares of the formats, and one random shift moves all
 * of them. Each document gets each format with the probability of its share. Within a step, each
 * format comes as often as its share says, up to rounding.
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
  // Rounding can leave the last document at the end of the line.
  return (mix.at(-1) as MixEntry).format;
}
