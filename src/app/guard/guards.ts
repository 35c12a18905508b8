import type { Experiment } from "../../core/experiment/experiment.js";
import type { Episode } from "../../core/records/episode.js";
import { counted } from "../../core/text/counted.js";
import { SpiceError } from "../errors.js";
import type { TrainOutcome } from "../ports/trainer.js";

/**
 * Refuses a step in which the engine lost too many samples. Lost attempts must not look like a hard
 * task.
 *
 * @throws SpiceError `INFRASTRUCTURE_SHARE` (exit 4) above `run.maxInfrastructureShare`
 */
export function checkInfrastructure(experiment: Experiment, episodes: readonly Episode[]): void {
  let all = 0;
  let lost = 0;
  for (const { proposals } of episodes) {
    for (const { refusal, openBook, modelChecks = [], attempts } of proposals) {
      const answers = [...openBook, ...modelChecks.flatMap((one) => one.attempts), ...attempts];
      all += 1 + answers.length;
      lost += refusal === "infrastructure" ? 1 : 0;
      for (const one of answers) lost += one.verdict === "infrastructure" ? 1 : 0;
    }
  }
  if (all === 0 || lost / all <= experiment.run.maxInfrastructureShare) return;
  throw new SpiceError(
    `${lost} of ${counted(all, "sample")} of the step were lost by the engine; the model was not trained on the step.`,
    {
      code: "INFRASTRUCTURE_SHARE",
      boundary: "trainer",
      where: "run.maxInfrastructureShare",
      hint: "Look at the trainer's log, then continue with `spice train --resume`.",
      exit: 4,
    },
  );
}

/**
 * Stops a run whose last steps trained nothing. No group had variance in these steps, so the model
 * cannot change.
 *
 * @param idle number of steps in a row without a gradient, up to the last committed step
 * @throws SpiceError `NOTHING_TRAINED` (exit 4) when `idle` reaches `train.stopWhenIdle`
 */
export function requireGradient({ train }: Experiment, idle: number): void {
  if (train.stopWhenIdle === null || idle < train.stopWhenIdle) return;
  throw new SpiceError(
    `The model was not trained in the last ${counted(idle, "step")}: in no group did proposals or answers differ in reward.`,
    {
      code: "NOTHING_TRAINED",
      boundary: "run",
      where: "train.stopWhenIdle",
      hint: "`spice runs funnel` shows where proposals end and what to change; `spice probe` tries a change without training.",
      exit: 4,
    },
  );
}

/**
 * Refuses a loss or gradient that is not finite. The trainer has applied nothing, so the run stops
 * at the last good step.
 *
 * @throws SpiceError `NON_FINITE_LOSS` (exit 4)
 */
export function requireFinite(step: number, outcome: TrainOutcome): void {
  if (!outcome.nonFinite && !outcome.skipped) return;
  throw new SpiceError(
    `Step ${step} gave a loss or gradient that is not finite (loss ${outcome.loss}); nothing was applied.`,
    {
      code: "NON_FINITE_LOSS",
      boundary: "run",
      where: "train.learningRate",
      hint: "Lower train.learningRate or tighten train.maxGradNorm, then continue with `spice train --resume`.",
      exit: 4,
    },
  );
}
