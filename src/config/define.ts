import type { ExperimentInput } from "./schema.js";

/**
 * The value that `spice.config.ts` exports: the settings of an experiment. All are optional and
 * replace those of a preset or of another file.
 */
export type ExperimentConfig = ExperimentInput & {
  /**
   * A configuration file to start from. The path is relative to this file. The extended file may
   * not extend another file.
   */
  readonly extends?: string;
};

/**
 * Returns its argument and gives editors the types. The settings are validated when the file is
 * loaded.
 */
export function defineConfig(config: ExperimentConfig): ExperimentConfig {
  return config;
}
