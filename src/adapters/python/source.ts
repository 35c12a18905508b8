import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { SpiceError } from "../../app/errors.js";

/** The Python package that belongs to this installation. */
export interface TrainerSource {
  /** Folder that contains `spice_trainer/` and `locks/`. It is put on PYTHONPATH. */
  readonly root: string;
  /** Version that the sidecar must report. Orchestrator and sidecar are released together. */
  readonly version: string;
}

/** The relative path is the same from `src/adapters/python` and from `dist/adapters/python`. */
const PACKAGE_ROOT = resolve(import.meta.dirname, "../../..");

/**
 * Finds the Python package in this installation.
 *
 * @throws SpiceError `TRAINER_SOURCE_MISSING` (exit 3) when the installation is incomplete
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
