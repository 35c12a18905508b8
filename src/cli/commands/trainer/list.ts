import type { OwnEnvironment } from "../../../adapters/install/own-trainers.js";
import { command } from "../../terminal/options.js";
import { table } from "../../terminal/output.js";
import { perform } from "../../terminal/perform.js";

/** `spice trainer list`: the trainers that can be installed, and which of them are. */
export const listCommand = () =>
  command("list", "what can be installed and what is", "spice trainer list").action((options) =>
    perform(options, async ({ output }) => {
      const { listTrainers } = await import("../../../adapters/install/environments.js");
      const { ownEnvironment } = await import("../../../adapters/install/own-trainers.js");
      const { runCommand } = await import("../../../adapters/python/run-command.js");
      const { trainerSource } = await import("../../../adapters/python/source.js");
      const own = await ownEnvironment(process.env, runCommand);
      const trainers = await listTrainers((await trainerSource()).root, process.env);
      output.document("spice.trainers/1", {
        trainers: trainers.map(({ entry, folder, installed }) => ({
          name: entry.name,
          summary: entry.summary,
          folder,
          installed,
        })),
        own,
      });
      const rows: (readonly string[])[] = trainers.map(({ entry, installed }) => [
        entry.name,
        installed === null ? "no" : "yes",
        installed === null ? "" : versions(installed.versions),
        entry.summary,
      ]);
      for (const one of own?.trainers ?? [])
        rows.push([one.name, "yes", `${one.distribution} ${one.version}`, `yours: ${one.target}`]);
      output.text(table(rows, ["NAME", "INSTALLED", "VERSIONS", "WHAT"]));
      if (own === null)
        output.note(
          "SPICE_TRAINER_PYTHON is not set; trainers of your own are in the environment that it names.",
        );
      else for (const line of ownNotes(own)) output.note(line);
      return undefined;
    }),
  );

/** What the environment of `$SPICE_TRAINER_PYTHON` lacks, in sentences. */
function ownNotes({ python, trainers, missing, problem }: OwnEnvironment): readonly string[] {
  if (problem !== null) return [`SPICE_TRAINER_PYTHON (${python}) cannot be asked for trainers: ${problem}`];
  const notes: string[] = [];
  if (trainers.length === 0) notes.push(`No package in the environment of ${python} registers a trainer.`);
  if (missing.length > 0)
    notes.push(`The sidecar needs more packages there: ${python} -m pip install ${missing.join(" ")}`);
  return notes;
}

/** Distributions whose versions the table shows. */
const SHOWN = ["torch", "transformers", "trl", "grpcio"];

const versions = (installed: Readonly<Record<string, string>>): string =>
  SHOWN.flatMap((name) => (installed[name] ? `${name} ${installed[name]}` : [])).join(", ");
