import { mkdir, mkdtemp, rm, rmdir } from "node:fs/promises";
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

/**
 * How long a model folder is needed. `run`: it stays, because a run started from it. `command`: it
 * is removed at the end of the command.
 */
export type ModelUse = "run" | "command";

/**
 * The model of an experiment, when it is the checkpoint of a run. Disposing removes a folder
 * that was made for the command.
 */
export interface ResolvedModel extends AsyncDisposable {
  /** The experiment with the folder of the model as `model.id`, for trainers and tokenizers. */
  readonly experiment: Experiment;
  /** The setting with the id and the step of the run, for config.json. */
  readonly pinned: string;
  /** Null for a model that is not of a run. */
  readonly origin: ModelOrigin | null;
}

/**
 * Resolves `model.id: run:<run>[@step]`: makes the checkpoint a model folder and names the folder.
 * For a run the folder is made once, beside the checkpoints. Every other `model.id` stays as it is.
 *
 * @throws SpiceError `MODEL_RUN_INVALID` (exit 2), and the errors of `findRun`, `findCheckpoint`
 * and `exportCheckpoint`
 */
export async function resolveModel(
  experiment: Experiment,
  output: Output,
  signal: AbortSignal,
  use: ModelUse = "run",
): Promise<ResolvedModel> {
  const { model, run } = experiment;
  if (!model.id.startsWith(PREFIX))
    return { experiment, pinned: model.id, origin: null, [Symbol.asyncDispose]: async () => undefined };
  const { name, step } = parts(model.id);
  const source = await readRun(await findRun(name, resolve(run.dir)));
  const found = (await keptModel(source, step)) ?? findCheckpoint(source, step);
  const { step: foundStep, run: id, policyDigest } = found.origin;
  if (experiment.warmup.enabled && source.config.warmup.enabled)
    output.note(
      `The weights of ${id} had a warm start, and get another one. -s warmup.enabled=false leaves it out.`,
    );
  const kept = join(modelsFolder(source.directory), stepName(foundStep));
  const isKept = await isExported(kept, policyDigest);
  await using scratch =
    isKept || use === "run" ? null : await scratchFolder(modelsFolder(source.directory), stepName(foundStep));
  const folder = scratch?.folder ?? kept;
  if (!isKept) {
    output.note(`Making a model of step ${foundStep} of ${id}.`);
    await exportOf(source, found, folder, output, signal);
  }
  return {
    experiment: { ...experiment, model: { ...model, id: folder } },
    pinned: `${PREFIX}${name.includes("/") ? name : id}@${foundStep}`,
    origin: found.origin,
    [Symbol.asyncDispose]: scratch?.release() ?? (async () => undefined),
  };
}

/**
 * The model folder of a step, when it was made before. Its checkpoint may be gone. Null when there
 * is no such folder.
 */
async function keptModel(source: RunReader, step: number | null): Promise<FoundCheckpoint | null> {
  if (step === null) return null;
  const policyDigest =
    step === 0 ? source.start?.policyDigest : source.steps.find((mark) => mark.step === step)?.policyDigest;
  const folder = join(modelsFolder(source.directory), stepName(step));
  if (policyDigest === undefined || !(await isExported(folder, policyDigest))) return null;
  return { origin: { run: source.info.id, step, policyDigest }, folder };
}

/** Folder in a run directory with the models that were made of its checkpoints. */
export const modelsFolder = (directory: string): string => join(directory, "models");

/** A new folder for one command. Disposing removes it, unless `release` gave this task away. */
interface ScratchFolder extends AsyncDisposable {
  readonly folder: string;
  /** Gives the removal to the caller. */
  release(): () => Promise<void>;
}

/** Makes a folder beside the kept models, because the disk of the runs has room for a model. */
async function scratchFolder(models: string, name: string): Promise<ScratchFolder> {
  await mkdir(models, { recursive: true });
  const parent = await mkdtemp(join(models, "command-"));
  const remove = async () => {
    await rm(parent, { recursive: true, force: true });
    // The folder of the models stays when it holds another model.
    await rmdir(models).catch(() => undefined);
  };
  let owned = true;
  return {
    folder: join(parent, name),
    release: () => {
      owned = false;
      return remove;
    },
    [Symbol.asyncDispose]: async () => {
      if (owned) await remove();
    },
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
  await using base = await resolveModel(configInPlace(source), output, signal, "command");
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
