import type { RunReader } from "../../adapters/runs/read-run.js";
import { EXIT, SpiceError } from "../../app/errors.js";

/**
 * Throws when a run has not committed the step that the command line names.
 *
 * @param step undefined for the whole run
 * @throws SpiceError `STEP_NOT_FOUND` (exit 2)
 */
export function requireStep({ steps, info }: RunReader, step: number | undefined): void {
  if (step === undefined || steps.some((one) => one.step === step)) return;
  const last = steps.at(-1)?.step ?? 0;
  const range = last === 1 ? "step 1 only" : `the steps 1 to ${last}`;
  throw new SpiceError(`The run has no step ${step}: it has ${last === 0 ? "no step" : range}.`, {
    code: "STEP_NOT_FOUND",
    boundary: "cli",
    where: info.id,
    hint: "Give --step a step of the run, or leave --step out.",
    exit: EXIT.usage,
  });
}
