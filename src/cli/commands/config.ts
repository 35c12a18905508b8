import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Experiment } from "../../core/experiment/experiment.js";
import { configure, configuredCommand } from "../terminal/options.js";
import { table } from "../terminal/output.js";
import { perform } from "../terminal/perform.js";

/** `spice config`: the complete configuration of a run. */
export const configCommand = () =>
  configuredCommand(
    "config",
    "print the resolved configuration",
    `spice config                          # as JSON, complete
     spice config --explain                # every setting, its value, where it came from
     spice config --explain -s steps=10    # with a change
     spice config --schema > spice.schema.json
     spice config --write-prompts ./prompts`,
  )
    .option("--explain", "every setting with its origin and meaning")
    .option("--schema", "JSON Schema of configuration files, for editors")
    .option("--reference", "the settings as Markdown tables (docs/configuration.md)")
    .option(
      "--write-prompts <folder>",
      "write the prompts of the family as templates; keeps files that exist",
    )
    .action((options) =>
      perform(options, async ({ output }) => {
        if (options.schema) {
          const { configJsonSchema } = await import("../../config/json-schema.js");
          process.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
          return undefined;
        }
        if (options.reference) {
          const { settingsReference } = await import("../../config/reference.js");
          process.stdout.write(`${settingsReference()}\n`);
          return undefined;
        }
        const config = await configure(options, output);
        const { experiment, digest, file } = config;
        if (options.writePrompts !== undefined) {
          const files = await writePrompts(experiment, options.writePrompts);
          output.document("spice.prompts/1", { files });
          output.text(files.join("\n"));
          output.next(`spice train --dry-run -s challenger.templates=${options.writePrompts}`);
          return undefined;
        }
        if (options.explain) {
          const { explain } = await import("../../config/explain.js");
          const settings = explain(config);
          output.document("spice.config-explained/1", { digest, file, settings });
          const rows = settings.map(({ path, value, origin, description }) => [
            path,
            shorten(JSON.stringify(value)),
            origin === "default" ? output.out("dim", origin) : origin,
            ...(output.verbosity > 0 ? [description] : []),
          ]);
          output.text(table(rows));
          output.note(`\ndigest ${digest}   (-v adds what each setting means)`);
        } else {
          output.document("spice.config/1", { digest, file, experiment });
          output.text(JSON.stringify(experiment, null, 2));
        }
        output.next("spice train --dry-run");
        return undefined;
      }),
    );

/** Writes the wording of the family, one file for each prompt. Returns the written files. */
async function writePrompts({ challenger }: Experiment, folder: string): Promise<readonly string[]> {
  const { familyParts } = await import("../../core/prompts/families.js");
  await mkdir(folder, { recursive: true });
  const texts = Object.entries(familyParts(challenger.prompts).templates);
  const files = texts.map(([name, text]) => ({ path: join(folder, `${name}.txt`), text }));
  const missing = files.filter(({ path }) => !existsSync(path));
  for (const { path, text } of missing) await writeFile(path, `${text}\n`, { flag: "wx" });
  return missing.map(({ path }) => path);
}

const shorten = (text: string): string => (text.length > 48 ? `${text.slice(0, 47)}…` : text);
