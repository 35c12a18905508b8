import type { Environment, RunCommand } from "../python/run-command.js";

/** A trainer that a package in the environment of `$SPICE_TRAINER_PYTHON` registers. */
export interface OwnTrainer {
  readonly name: string;
  /** `module:Class`, as the package's entry point has it. */
  readonly target: string;
  /** Name and version of the package. */
  readonly distribution: string;
  readonly version: string;
}

/** What the environment of `$SPICE_TRAINER_PYTHON` holds. */
export interface OwnEnvironment {
  readonly python: string;
  readonly trainers: readonly OwnTrainer[];
  /** Packages that the sidecar needs and that cannot be imported there, by the name for pip. */
  readonly missing: readonly string[];
  /** Why the environment could not be asked; null when it answered. */
  readonly problem: string | null;
}

/** Prints the entry points and the missing packages of an environment, without importing them. */
const SCRIPT = `
import importlib.metadata as metadata, importlib.util as util, json
def missing(module):
    try:
        return util.find_spec(module) is None
    except ModuleNotFoundError:
        return True
needed = {"grpcio": "grpc", "protobuf": "google.protobuf", "pyzmq": "zmq", "numpy": "numpy"}
points = metadata.entry_points(group="spice_trainer.backends")
print(json.dumps({
    "trainers": [
        {"name": one.name, "target": one.value, "distribution": one.dist.name, "version": one.dist.version}
        for one in sorted(points, key=lambda one: one.name)
    ],
    "missing": [name for name, module in needed.items() if missing(module)],
}))
`;

/**
 * The trainers that packages in the environment of `$SPICE_TRAINER_PYTHON` register; null when the
 * variable is not set.
 */
export async function ownEnvironment(
  environment: Environment,
  run: RunCommand,
): Promise<OwnEnvironment | null> {
  const python = environment["SPICE_TRAINER_PYTHON"];
  if (!python) return null;
  const failed = (problem: string): OwnEnvironment => ({ python, trainers: [], missing: [], problem });
  try {
    const { status, stdout, stderr } = await run([python, "-c", SCRIPT], { environment });
    if (status !== 0) return failed(stderr.trim().split("\n").at(-1) ?? `exit code ${status}`);
    return { python, problem: null, ...(JSON.parse(stdout) as Pick<OwnEnvironment, "trainers" | "missing">) };
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error));
  }
}
