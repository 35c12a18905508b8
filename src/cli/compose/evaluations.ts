import { readEvaluationSet } from "../../adapters/evals/read-evaluation-set.js";
import { SpiceError } from "../../app/errors.js";
import { ContaminationIndex } from "../../core/admission/contamination/contamination.js";
import type { Experiment } from "../../core/experiment/experiment.js";

/**
 * The registered evaluation sets of an experiment, read and indexed. Null when no set has to be
 * checked.
 */
export async function composeEvaluations({ admission }: Experiment): Promise<ContaminationIndex | null> {
  const { check, sets } = admission.contamination;
  if (check === "off" || sets.length === 0) return null;
  return new ContaminationIndex(await Promise.all(sets.map(readEvaluationSet)), admission.contamination);
}

/**
 * Refuses to resume a run when an evaluation set has changed since the start of the run.
 *
 * @param recorded what `provenance.evaluationSets` of run.json says
 * @throws SpiceError `EVALUATION_SET_CHANGED` (exit 2)
 */
export function requireSameSets(recorded: unknown, evaluations: ContaminationIndex | null): void {
  const digests = (sets: unknown) =>
    (Array.isArray(sets) ? sets : []).map((one: { digest?: unknown }) => String(one.digest)).join(" ");
  if (digests(recorded) === digests(evaluations?.sets)) return;
  throw new SpiceError("The registered evaluation sets are not those that the run was started with.", {
    code: "EVALUATION_SET_CHANGED",
    boundary: "config",
    where: evaluations?.sets.map((one) => one.name).join(", ") ?? "admission.contamination.sets",
    hint: "Put the files back as they were (run.json, provenance.evaluationSets has their digests), or start a new run.",
    exit: 2,
  });
}
