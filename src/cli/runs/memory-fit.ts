import { existsSync } from "node:fs";
import { CATALOG } from "../../adapters/install/catalog.js";
import { findInterpreter } from "../../adapters/install/environments.js";
import { prepareModel } from "../../adapters/install/model.js";
import { machineMemory } from "../../adapters/machine/memory.js";
import { memoryPlan } from "../../adapters/machine/memory-plans.js";
import { readModelShape } from "../../adapters/machine/model-shape.js";
import { runCommand } from "../../adapters/python/run-command.js";
import { trainerSource } from "../../adapters/python/source.js";
import { type MemoryFit, memoryFit } from "../../app/trainer/memory-fit.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import type { Output } from "../terminal/output.js";

/** The memory that a trainer would need, or the reason why there is no estimate. */
export type Estimate =
  | { readonly fit: MemoryFit; readonly missing: null }
  | { readonly fit: null; readonly missing: string };

/**
 * The memory that the experiment's trainer would need on this machine, and the memory that is free.
 * There is no estimate when the trainer runs elsewhere (`trainer.address`), when it has no model on
 * this machine, or when the files of the model do not state its size. The model of an installed
 * trainer is fetched when it is not on this machine.
 */
export async function fitHere(
  { model, trainer }: Experiment,
  output: Output,
  signal: AbortSignal,
): Promise<Estimate> {
  if (trainer.address !== null) return none(`the trainer is at ${trainer.address}`);
  const local = existsSync(model.id);
  if (!local) {
    if (trainer.kind === "fake") return none("the trainer `fake` has no model");
    const installs = CATALOG.some((one) => one.name === trainer.kind && one.model !== null);
    if (!installs) return none(`the model ${model.id} is not on this machine`);
  }
  const folder = local ? model.id : await prepare(model.id, trainer.kind, output, signal);
  const shape = await readModelShape(folder);
  if (shape === null) return none(`the files of ${model.id} do not state its size`);
  const device = trainer.engine["device"];
  const memory = await machineMemory(typeof device === "string" ? device : "auto");
  const compact = model.computeDtype === "bfloat16" || (model.computeDtype === "auto" && memory.bfloat16);
  const sizes = {
    shape,
    loraRank: model.lora?.rank ?? null,
    computeBytes: compact ? 2 : 4,
    contextTokens: model.maxContextTokens,
  } as const;
  const plan = memoryPlan(trainer.kind, sizes, trainer.engine);
  return { fit: memoryFit(plan, memory.bytes, memory.name), missing: null };
}

const none = (missing: string): Estimate => ({ fit: null, missing });

async function prepare(model: string, kind: string, output: Output, signal: AbortSignal): Promise<string> {
  const { root } = await trainerSource();
  return prepareModel({
    run: runCommand,
    environment: process.env,
    onProgress: (line) => output.detail(line),
    python: await findInterpreter(root, kind, process.env),
    root,
    model,
    signal,
  });
}
