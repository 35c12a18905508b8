import type { Experiment } from "../../core/experiment/experiment.js";
import {
  CAPABILITY_NAMES,
  type Declared,
  type Need,
  type TrainerUse,
  trainerNeeds,
  unmetNeeds,
} from "../../core/trainer/needs.js";
import { EXIT, SpiceError } from "../errors.js";

/**
 * Compares what the experiment needs with what its trainer declares. Called before the model is
 * loaded.
 *
 * @throws SpiceError `TRAINER_UNSUITABLE` (exit 2); the message names every need that is not
 * declared and its setting, and the hint the settings to change
 */
export function requireSuitable(
  experiment: Experiment,
  use: TrainerUse,
  trainer: { readonly backend: string; readonly declared: Declared },
): void {
  const { backend, declared } = trainer;
  const unmet = unmetNeeds(trainerNeeds(experiment, use), declared);
  if (unmet.length === 0) return;
  const settings = [...new Set(unmet.map(({ setting }) => setting).filter(Boolean))];
  throw new SpiceError(
    `The trainer ${backend} does not declare what this experiment needs: ${unmet.map((need) => needLine(need, declared)).join("; ")}.`,
    {
      code: "TRAINER_UNSUITABLE",
      boundary: "config",
      ...(settings.length > 0 && { where: settings.join(", ") }),
      hint: `Declare it in capabilities() of the trainer if it works, or ${others(unmet)}.`,
      exit: EXIT.usage,
    },
  );
}

/**
 * One need in words: `train.loss.surrogate = ppo_clip needs "ppo_clip" in surrogates (declared:
 * plain)`.
 */
export function needLine({ of, wanted, setting, value }: Need, declared: Declared): string {
  const who = setting === "" ? "every experiment" : `${setting} = ${value}`;
  const found = declared[of];
  const what =
    typeof found === "number"
      ? `${CAPABILITY_NAMES[of]} of at least ${wanted} (declared: ${found})`
      : `"${wanted}" in ${CAPABILITY_NAMES[of]}${of === "calls" ? "" : ` (declared: ${found.join(", ") || "nothing"})`}`;
  return `${who} needs ${what}`;
}

/** The settings with which the unmet needs go away. */
function others(unmet: readonly Need[]): string {
  const changes = [...new Set(unmet.map(({ instead }) => instead).filter(Boolean))];
  return changes.length === 0 ? "use another trainer" : `change the settings: ${changes.join(", ")}`;
}
