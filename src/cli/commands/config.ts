import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EXIT, SpiceError } from "../../app/errors.js";
import type { Explained } from "../../config/explain.js";
import { alternatives, suggest } from "../../config/suggest.js";
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
     spice config --explain train          # the settings of a section, with their meaning
     spice config --explain -s steps=10    # with a change
     spice config --schema > spice.schema.json
     spice config --write-prompts ./prompts`,
  )
    .option("--explain [setting]", "every setting with its origin and meaning, or those of a section")
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
          const wanted = options.explain === true ? "" : options.explain;
          const settings = named(explain(config), wanted);
          output.document("spice.config-explained/1", { digest, file, settings });
          const rows = settings.map(({ path, value, origin, description }) => [
            path,
            shorten(JSON.stringify(value)),
            origin === "default" ? output.out("dim", origin) : origin,
            ...(output.verbosity > 0 || wanted !== "" ? [description] : []),
          ]);
          output.text(table(rows));
          output.note(`\ndigest ${digest}${wanted === "" ? "   (-v adds what each setting means)" : ""}`);
        } else {
          output.document("spice.config/1", { digest, file, experiment });
          output.text(JSON.stringify(experiment, null, 2));
        }
        output.next("spice train --dry-run");
        return undefined;
      }),
    );

/**
 * The setting of a path, or the settings of a section; all for an empty path.
 *
 * @throws SpiceError `SETTING_UNKNOWN` (exit 2)
 */
function named(all: readonly Explained[], wanted: string): readonly Explained[] {
  const found = all.filter(({ path }) => wanted === "" || path === wanted || path.startsWith(`${wanted}.`));
  if (found.length > 0) return found;
  const sections = all.flatMap(({ path }) =>
    path.split(".").map((_, end, parts) => parts.slice(0, end).join(".")),
  );
  const near = suggest(wanted, [...new Set([...sections, ...all.map(({ path }) => path)])]);
  throw new SpiceError(`There is no setting \`${wanted}\`.`, {
    code: "SETTING_UNKNOWN",
    boundary: "cli",
    where: `--explain ${wanted}`,
    hint:
      near.length === 0
        ? "`spice config --explain` lists all settings."
        : `Did you mean ${alternatives(near)}?`,
    exit: EXIT.usage,
  });
}

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
