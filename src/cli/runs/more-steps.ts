import { EXIT, SpiceError } from "../../app/errors.js";
import { counted } from "../../core/text/counted.js";

/** More steps for a run: `count` steps added to the steps that it has, or `count` steps in all. */
export interface MoreSteps {
  readonly kind: "added" | "total";
  readonly count: number;
}

/**
 * Parses the value of `--steps`: `+20`, `=40` or `40`.
 *
 * @throws SpiceError `STEPS_INVALID` (exit 2)
 */
export function moreSteps(text: string): MoreSteps {
  const [, sign, digits] = /^([+=]?)(\d{1,9})$/.exec(text.trim()) ?? [];
  const count = Number(digits);
  if (count >= 1) return { kind: sign === "+" ? "added" : "total", count };
  throw new SpiceError(`\`${text}\` is no number of steps.`, {
    code: "STEPS_INVALID",
    boundary: "cli",
    where: "--steps",
    hint: "Write +20 for 20 more steps, or =40 for 40 steps in all.",
    exit: EXIT.usage,
  });
}

/**
 * The number of steps that a run gets.
 *
 * @param present number of steps that the run has
 * @throws SpiceError `STEPS_NOT_MORE` (exit 2)
 */
export function extendedSteps(present: number, { kind, count }: MoreSteps): number {
  const wanted = kind === "added" ? present + count : count;
  if (wanted > present) return wanted;
  throw new SpiceError(`The run has ${counted(present, "step")} already, and ${wanted} is not more.`, {
    code: "STEPS_NOT_MORE",
    boundary: "cli",
    where: "--steps",
    hint: `Write --steps +${count} for ${present + count} steps. To stop earlier, use --max-steps.`,
    exit: EXIT.usage,
  });
}
