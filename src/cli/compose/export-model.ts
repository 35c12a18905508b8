import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { findInterpreter } from "../../adapters/install/environments.js";
import { runCommand } from "../../adapters/python/run-command.js";
import { trainerSource } from "../../adapters/python/source.js";
import { checkpointForm, copyModel, requireFreeFolder } from "../../adapters/runs/export-model.js";
import { runPaths } from "../../adapters/runs/layout.js";
import type { RunReader } from "../../adapters/runs/read-run.js";
import { EXIT, SpiceError } from "../../app/errors.js";
import type { PolicyMark } from "../../app/ports/runs.js";
import type { CheckpointInfo } from "../../app/ports/trainer.js";

/** Where the weights of a model come from. It is stored in run.json and in the model folder. */
export interface ModelOrigin {
  /** Id of the run. */
  readonly run: string;
  readonly step: number;
  /** Digest of the policy after the step, as the run recorded it. */
  readonly policyDigest: string;
}

/** A checkpoint of a run whose weights are on this machine. */
export interface FoundCheckpoint {
  readonly origin: ModelOrigin;
  readonly folder: string;
}

/**
 * The checkpoint of a step, or the newest one.
 *
 * @param step step of the checkpoint; 0 is the warm start; null for the newest
 * @throws SpiceError `NO_CHECKPOINT` (exit 2) when the run has no weights of the step here
 */
export function findCheckpoint(run: RunReader, step: number | null): FoundCheckpoint {
  const { checkpoints } = runPaths(run.directory);
  const marks: (PolicyMark & { readonly checkpoint: CheckpointInfo })[] = [];
  for (const mark of [run.start, ...run.steps]) {
    const { checkpoint = null } = mark ?? {};
    if (mark != null && checkpoint !== null && existsSync(join(checkpoints, checkpoint.path)))
      marks.push({ ...mark, checkpoint });
  }
  const found = step === null ? marks.at(-1) : marks.find(({ checkpoint }) => checkpoint.step === step);
  if (found !== undefined && run.config.trainer.address === null) {
    const { policyDigest, checkpoint } = found;
    return {
      origin: { run: run.info.id, step: checkpoint.step, policyDigest },
      folder: join(checkpoints, checkpoint.path),
    };
  }
  const steps = marks.map(({ checkpoint }) => checkpoint.step);
  throw new SpiceError(
    step === null ? "The run has no checkpoint here." : `The run has no checkpoint of step ${step} here.`,
    {
      code: "NO_CHECKPOINT",
      boundary: "run",
      where: checkpoints,
      hint:
        run.config.trainer.address !== null
          ? "The trainer at trainer.address keeps the weights: export them there."
          : steps.length === 0
            ? "Train the run until its first checkpoint: `run.saveEverySteps`, or its end."
            : steps.length === 1
              ? `There is a checkpoint of step ${steps[0]}.`
              : `There are checkpoints of the steps ${steps.join(", ")}.`,
      exit: EXIT.usage,
    },
  );
}

/**
 * Writes a checkpoint as a model folder: config.json, the files of the tokenizer and safetensors
 * weights. Plain transformers and every trainer can load it.
 *
 * @param base folder or name of the model that the run started from
 * @param out folder that must not exist, or be empty
 * @throws SpiceError `MODEL_NOT_EXPORTABLE`, `FOLDER_NOT_EMPTY` (exit 2), `MODEL_EXPORT_FAILED`
 *   (exit 3)
 */
export async function exportCheckpoint(
  run: RunReader,
  { origin, folder }: FoundCheckpoint,
  base: string,
  out: string,
  signal: AbortSignal,
): Promise<void> {
  await requireFreeFolder(out);
  const form = await checkpointForm(folder);
  if (form === "model") return copyModel(folder, out, { ...origin });
  const { kind } = run.config.trainer;
  if (form === "other") throw notExportable(kind, folder);
  const { root } = await trainerSource();
  const python = await findInterpreter(root, kind, process.env);
  const alpha = run.config.model.lora?.alpha ?? 1;
  const argv = [python, "-m", "spice_trainer.engines.shared.export_model", "--checkpoint", folder];
  argv.push("--model", base, "--alpha", String(alpha), "--out", resolve(out));
  argv.push("--provenance", JSON.stringify(origin));
  const environment = { ...process.env, PYTHONPATH: root };
  const { status, stderr } = await runCommand(argv, { environment, signal });
  if (status === 0) return;
  const said = stderr.trim().split("\n");
  throw new SpiceError(`The checkpoint of step ${origin.step} could not be made a model: ${said.at(-1)}`, {
    code: "MODEL_EXPORT_FAILED",
    boundary: "model",
    where: folder,
    hint: "The base model of the run must be on this machine, unchanged, and the disk needs room for the weights.",
    exit: EXIT.environment,
  });
}

function notExportable(kind: string, where: string): SpiceError {
  return new SpiceError(
    `The checkpoints of the trainer ${kind} hold no weights that transformers can load.`,
    {
      code: "MODEL_NOT_EXPORTABLE",
      boundary: "model",
      where,
      hint: "torch, torch+vllm and verl save such weights. A trainer of your own can save a model folder (config.json, tokenizer.json, *.safetensors) as its checkpoint.",
      exit: EXIT.usage,
    },
  );
}
