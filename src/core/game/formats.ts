import type { MixEntry } from "../experiment/experiment.js";
import type { TaskFormat } from "../records/task.js";

/**
 * The format of one document of a step, by systematic sampling: the documents stand at equal distances on the line of
 * shares, shifted together by one draw. Each document still gets each format with its share of probability, but in a step a
 * format comes as often as its share says, up to rounding, so that steps are alike.
 *
 * @param slot place of the document in the step, 0 to `slots` - 1
 * @param slots documents of the step
 * @param shift the step's draw, from 0 up to 1
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
  // Rounding may leave the last point on the end of the line.
  return (mix.at(-1) as MixEntry).format;
}
