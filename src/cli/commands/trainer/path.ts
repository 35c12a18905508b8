import { command } from "../../terminal/options.js";
import { perform } from "../../terminal/perform.js";

/** `spice trainer path`: the folder that makes `spice_trainer` importable in an own environment. */
export const pathCommand = () =>
  command(
    "path",
    "the folder with the Python package spice_trainer, for the environment of your own trainer",
    `spice trainer path
     PYTHONPATH=$(spice trainer path) python -m pytest`,
  ).action((options) =>
    perform(options, async ({ output }) => {
      const { exposedPackages } = await import("../../../adapters/python/exposed.js");
      const { trainerSource } = await import("../../../adapters/python/source.js");
      const source = await trainerSource();
      const folder = await exposedPackages(source, process.env);
      output.document("spice.trainer-path/1", { folder, version: source.version });
      output.text(folder);
      return undefined;
    }),
  );
