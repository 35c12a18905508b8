import type { ExperimentInput } from "./schema.js";

/** What `spice.config.ts` exports: the fields of an experiment, all optional, over a preset or another file. */
export type ExperimentConfig = ExperimentInput & {
  /** A configuration file to start from, relative to this one. It may not extend another itself. */
  readonly extends?: string;
};

/** Gives editors the types; validation happens when the file is loaded. */
export function defineConfig(config: ExperimentConfig): ExperimentConfig {
  return config;
}
