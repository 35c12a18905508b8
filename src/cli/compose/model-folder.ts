import { BACKENDS, CATALOG } from "../../adapters/install/catalog.js";
import { findInterpreter } from "../../adapters/install/environments.js";
import { prepareModel } from "../../adapters/install/model.js";
import { runCommand } from "../../adapters/python/run-command.js";
import type { TrainerSource } from "../../adapters/python/source.js";
import { SpiceError } from "../../app/errors.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import type { Output } from "../terminal/output.js";

/**
 * What a trainer is asked to open. The trainers of this package resolve the aliases themselves. A
 * trainer from another package knows no alias, so it gets the folder of the prepared model. When
 * the model cannot be prepared, it gets the name as it is: a trainer may need no such model.
 */
export async function modelFolder(
  { model, trainer }: Experiment,
  source: TrainerSource,
  output: Output,
  signal: AbortSignal,
): Promise<string> {
  const isAlias = CATALOG.some((entry) => entry.model === model.id);
  if (!isAlias || BACKENDS.includes(trainer.kind)) return model.id;
  try {
    return await prepareModel({
      run: runCommand,
      environment: process.env,
      onProgress: (line) => output.detail(line),
      python: await converter(source),
      root: source.root,
      model: model.id,
      signal,
    });
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof SpiceError)) throw error;
    output.note(
      `The model ${model.id} is not on this machine, so the trainer gets its name; \`spice trainer install torch\` prepares it.`,
    );
    return model.id;
  }
}

/** The interpreter that can convert a model: of the torch trainer if it is installed. */
async function converter({ root }: TrainerSource): Promise<string> {
  const { SPICE_TRAINER_PYTHON: own, ...environment } = process.env;
  try {
    return await findInterpreter(root, "torch", environment);
  } catch (error) {
    if (own) return own;
    throw error;
  }
}
