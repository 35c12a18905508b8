import { findInterpreter } from "../../src/adapters/install/environments.js";
import { trainerSource } from "../../src/adapters/python/source.js";
import { describeUnless } from "./skip.js";

/** The interpreter that runs the fake trainer, or null where none is installed. */
export const python: string | null = await trainerSource()
  .then(({ root }) => findInterpreter(root, "fake", process.env))
  .catch(() => null);

/** What is missing for tests on the fake trainer; null when nothing is. */
export const missingPython = python === null ? "no trainer here: spice trainer install fake" : null;

/** `describe`, skipped where no trainer is installed. */
export const describeWithPython = describeUnless(missingPython);
