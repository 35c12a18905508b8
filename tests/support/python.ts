import { describe } from "@jest/globals";
import { findInterpreter } from "../../src/adapters/install/environments.js";
import { trainerSource } from "../../src/adapters/python/source.js";

/** The interpreter that runs the fake trainer, or null where none is installed. */
export const python: string | null = await trainerSource()
  .then(({ root }) => findInterpreter(root, "fake", process.env))
  .catch(() => null);

/** `describe`, skipped where no trainer is installed (`spice trainer install fake`). */
export const describeWithPython = python === null ? describe.skip : describe;
