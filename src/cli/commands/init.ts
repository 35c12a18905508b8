import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { BACKENDS } from "../../adapters/install/catalog.js";
import { EXIT, SpiceError } from "../../app/errors.js";
import { configJsonSchema } from "../../config/json-schema.js";
import { CONFIG_FILES } from "../../config/load.js";
import { starterConfig } from "../../config/starter.js";
import { command } from "../terminal/options.js";
import { perform } from "../terminal/perform.js";

/** `spice init`: a configuration to start from. */
export const initCommand = () =>
  command(
    "init",
    "write a configuration to start from",
    `spice init
     spice init my-experiment --yaml
     spice init try-out --trainer fake    # no language model, no GPU`,
  )
    .argument("[dir]", "folder, made when missing", ".")
    .option("--yaml", "write spice.config.yaml and its JSON schema instead of spice.config.ts")
    .option("--trainer <name>", `trainer of the configuration: ${BACKENDS.join(", ")}, or your own`, "torch")
    .action((dir, options) =>
      perform(options, async ({ output }) => {
        const folder = resolve(dir);
        const existing = CONFIG_FILES.find((name) => existsSync(join(folder, name)));
        if (existing !== undefined) throw exists(join(folder, existing));
        await mkdir(folder, { recursive: true });
        const { trainer } = options;
        const files: readonly (readonly [string, string])[] = options.yaml
          ? [
              ["spice.config.yaml", starterConfig(trainer, "yaml")],
              ["spice.schema.json", `${JSON.stringify(configJsonSchema(), null, 2)}\n`],
            ]
          : [["spice.config.ts", starterConfig(trainer, "ts")]];
        for (const [name, text] of files) await writeFile(join(folder, name), text, { flag: "wx" });
        const written = files.map(([name]) => join(folder, name));
        output.document("spice.init/1", { files: written });
        output.text(written.join("\n"));
        output.note(`\nNext${dir === "." ? "" : `, in ${dir}`}:
  ${`spice trainer install ${trainer}`.padEnd(32)}# once: the Python side, in its own environment
  spice corpus add ./my-docs      # a folder of Markdown or text
  spice play                      # one document, every intermediate shown
  spice train                     # self-play`);
        return undefined;
      }),
    );

function exists(path: string): SpiceError {
  return new SpiceError("There is a configuration already.", {
    code: "CONFIG_EXISTS",
    boundary: "cli",
    where: path,
    hint: "Edit it, delete it, or give another folder: `spice init <dir>`.",
    exit: EXIT.usage,
  });
}
