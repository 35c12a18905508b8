import { explain } from "../../config/explain.js";
import { configJsonSchema } from "../../config/json-schema.js";
import { settingsReference } from "../../config/reference.js";
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
     spice config --schema > spice.schema.json`,
  )
    .option("--explain", "every setting with its origin and meaning")
    .option("--schema", "JSON Schema of configuration files, for editors")
    .option("--reference", "the settings as Markdown tables (docs/configuration.md)")
    .action((options) =>
      perform(options, async ({ output }) => {
        if (options.schema) {
          process.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
          return undefined;
        }
        if (options.reference) {
          process.stdout.write(`${settingsReference()}\n`);
          return undefined;
        }
        const config = await configure(options, output);
        const { experiment, digest, file } = config;
        if (options.explain) {
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

const shorten = (text: string): string => (text.length > 48 ? `${text.slice(0, 47)}…` : text);
