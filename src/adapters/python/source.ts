import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { SpiceError } from "../../app/errors.js";

/** The Python package that this installation runs. */
export interface TrainerSource {
  /** Folder that holds `spice_trainer/` and `locks/`; goes on PYTHONPATH. */
  readonly root: string;
  /** Version that the sidecar must report: orchestrator and sidecar are released together. */
  readonly version: string;
}

/** Same distance from `src/adapters/sidecar` and `dist/adapters/sidecar`. */
const PACKAGE_ROOT = resolve(import.meta.dirname, "../../..");

/**
 * Find the sidecar beside this program.
 *
 * @throws SpiceError `TRAINER_SOURCE_MISSING` when the installation is incomplete
 */
export async function trainerSource(): Promise<TrainerSource> {
  const root = join(PACKAGE_ROOT, "trainer-py");
  try {
    const text = await readFile(join(root, "spice_trainer", "__init__.py"), "utf8");
    const version = /^__version__ = "([^"]+)"$/m.exec(text)?.[1];
    if (version === undefined) throw new Error("no __version__ in it");
    return { root, version };
  } catch (cause) {
    throw new SpiceError("The Python trainer package is missing from this installation.", {
      code: "TRAINER_SOURCE_MISSING",
      boundary: "install",
      where: root,
      hint: "Install the package again, or run from a complete checkout.",
      exit: 3,
      cause,
    });
  }
}
