import { listTrainers } from "../../../adapters/install/environments.js";
import { trainerSource } from "../../../adapters/python/source.js";
import { command } from "../../terminal/options.js";
import { table } from "../../terminal/output.js";
import { perform } from "../../terminal/perform.js";

/** `spice trainer list`: the trainers that can be installed, and which of them are. */
export const listCommand = () =>
  command("list", "what can be installed and what is", "spice trainer list").action((options) =>
    perform(options, async ({ output }) => {
      const trainers = await listTrainers((await trainerSource()).root, process.env);
      output.document("spice.trainers/1", {
        trainers: trainers.map(({ entry, folder, installed }) => ({
          name: entry.name,
          summary: entry.summary,
          folder,
          installed,
        })),
      });
      const rows = trainers.map(({ entry, installed }) => [
        entry.name,
        installed === null ? "no" : "yes",
        installed === null ? "" : versions(installed.versions),
        entry.summary,
      ]);
      output.text(table(rows, ["NAME", "INSTALLED", "VERSIONS", "WHAT"]));
      return undefined;
    }),
  );

/** Distributions whose versions the table shows. */
const SHOWN = ["torch", "transformers", "trl", "grpcio"];

const versions = (installed: Readonly<Record<string, string>>): string =>
  SHOWN.flatMap((name) => (installed[name] ? `${name} ${installed[name]}` : [])).join(", ");
