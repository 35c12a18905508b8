import { resolve } from "node:path";
import { Command } from "@commander-js/extra-typings";
import type { Layer } from "../../config/layers.js";
import type { LoadedConfig } from "../../config/resolve.js";
import { repeatable } from "./arguments.js";
import type { Output } from "./output.js";

/** A subcommand with the options that every command has. Its help starts with the examples. */
export function command(name: string, summary: string, examples: string) {
  return new Command(name)
    .description(summary)
    .addHelpText("before", `Examples:\n${indent(examples)}\n`)
    .option("--json", "print one JSON document with a `schema` field")
    .option("-q, --quiet", "print results and errors only")
    .option(
      "-v, --verbose",
      "more detail; -vv adds stack traces and debug lines",
      (_value: string, before: number) => before + 1,
      0,
    );
}

/** As `command`, with the options that choose and change the configuration. */
export function configuredCommand(name: string, summary: string, examples: string) {
  return command(name, summary, examples)
    .option("-c, --config <file>", "configuration file (default: spice.config.ts, .yaml or .json here)")
    .addOption(repeatable("-s, --set <path=value>", "change a setting"));
}

export interface ConfigOptions {
  readonly config?: string | undefined;
  readonly set: string[];
}

/** The experiment that the options describe. Says which defaults it took when there is no file. */
export async function configure(
  options: ConfigOptions,
  output: Output,
  flags: readonly Layer[] = [],
): Promise<LoadedConfig> {
  const { resolveConfig } = await import("../../config/resolve.js");
  const address = process.env["SPICE_TRAINER_ADDRESS"];
  const config = await resolveConfig({
    folder: process.cwd(),
    file: options.config === undefined ? null : resolve(options.config),
    overrides: options.set,
    environment: address ? { name: "SPICE_TRAINER_ADDRESS", values: { trainer: { address } } } : null,
    flags,
  });
  if (config.file === null)
    output.detail("No spice.config.* here: using the preset `demo`. `spice init` writes a configuration.");
  else output.detail(`Configuration: ${config.file}`);
  return config;
}

function indent(text: string): string {
  return text
    .trim()
    .split("\n")
    .map((line) => `  ${line.trim()}`)
    .join("\n");
}
