import { graderCommand } from "../../src/adapters/grader/command.js";
import { catalogEntry } from "../../src/adapters/install/catalog.js";
import { environmentPaths, readMarker } from "../../src/adapters/install/environments.js";
import { trainerSource } from "../../src/adapters/python/source.js";

const { root } = await trainerSource();
const paths = await environmentPaths(root, catalogEntry("grader"), process.env);

/** Starts math-verify's process in its own environment. */
export const grader = graderCommand(paths.python, root);

/** What is missing for tests on math-verify; null when nothing is. */
export const missingGrader =
  (await readMarker(paths)) === null ? "no math-verify here: spice trainer install grader" : null;
