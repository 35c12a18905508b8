import { join, resolve } from "node:path";
import { isExported } from "../../adapters/runs/export-model.js";
import { type RunReader, readRun } from "../../adapters/runs/read-run.js";
import { EXIT, SpiceError } from "../../app/errors.js";
import { stepName } from "../../app/ports/runs.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import type { Output } from "../terminal/output.js";
import { exportCheckpoint, type FoundCheckpoint, findCheckpoint, type ModelOrigin } from "./export-model.js";
import { findRun } from "./find-run.js";
import { configInPlace } from "./place-of-run.js";

const PREFIX = "run:";

/** The model of an experiment, when it is the checkpoint of a run. */
export interface ResolvedModel {
  /** The experiment with the folder of the model as `model.id`, for trainers and tokenizers. */
  readonly experiment: Experiment;
  /** The setting with the id and the step of the run, for config.json. */
  readonly pinned: string;
  /** Null for a model that is not of a run. */
  readonly origin: ModelOrigin | null;
}

/**
 * Resolves `model.id: run:<run>[@step]`: makes the checkpoint a model folder beside it, once, and
 * names the folder. Every other `model.id` stays as it is.
 *
 * @throws SpiceError `MODEL_RUN_INVALID` (exit 2), and the errors of `findRun`, `findCheckpoint`
 * and `exportCheckpoint`
 */
export async function resolveModel(
  experiment: Experiment,
  output: Output,
  signal: AbortSignal,
): Promise<ResolvedModel> {
  const { model, run } = experiment;
  if (!model.id.startsWith(PREFIX)) return { experiment, pinned: model.id, origin: null };
  const { name, step } = parts(model.id);
  const source = await readRun(await findRun(name, resolve(run.dir)));
  const found = findCheckpoint(source, step);
  const folder = join(source.directory, "models", stepName(found.origin.step));
  if (!(await isExported(folder, found.origin.policyDigest))) {
    output.note(`Making a model of step ${found.origin.step} of ${found.origin.run}.`);
    await exportOf(source, found, folder, output, signal);
  }
  const named = name.includes("/") ? name : found.origin.run;
  return {
    experiment: { ...experiment, model: { ...model, id: folder } },
    pinned: `${PREFIX}${named}@${found.origin.step}`,
    origin: found.origin,
  };
}

/**
 * Writes a checkpoint of a run as a model folder. The base model may itself be of a run. Its path
 * is relative to the place of the run, not to the present working directory.
 *
 * @throws SpiceError as `exportCheckpoint`
 */
export async function exportOf(
  source: RunReader,
  found: FoundCheckpoint,
  out: string,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const base = await resolveModel(configInPlace(source), output, signal);
  await exportCheckpoint(source, found, base.experiment.model.id, out, signal);
}

/** The run and the step of `run:<run>[@step]`. */
function parts(id: string): { readonly name: string; readonly step: number | null } {
  const [, name = "", step] = /^run:(.+?)(?:@(\d+))?$/.exec(id) ?? [];
  if (name !== "" && !/@[^/]*$/.test(name)) return { name, step: step === undefined ? null : Number(step) };
  throw new SpiceError(`\`${id}\` names no checkpoint of a run.`, {
    code: "MODEL_RUN_INVALID",
    boundary: "config",
    where: "model.id",
    hint: "Write run:<run> for its newest checkpoint, or run:<run>@<step>; `spice runs list` shows the runs.",
    exit: EXIT.usage,
  });
}
