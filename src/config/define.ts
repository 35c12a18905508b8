import type { ExperimentInput } from "./schema.js";

/**
 * The settings of a configuration file. All are optional, and a preset or another file has the
 * remaining settings. docs/configuration.md lists each setting with its unit, default and source.
 */
export type UserConfig = ExperimentInput & {
  /**
   * A configuration file to start from. The path is relative to this file. The extended file may
   * not extend another file.
   */
  readonly extends?: string;
};

/**
 * A function that returns the settings or a promise of them. It is called once, when the file is
 * loaded.
 */
export type UserConfigFunction = () => UserConfig | Promise<UserConfig>;

/**
 * Gives editors the types of a configuration and returns its argument. The settings are validated
 * when the file is loaded.
 *
 * @param config the settings, or a function that returns them
 * @example
 * export default defineConfig({ preset: "demo", steps: 30 });
 * @example
 * export default defineConfig(async () => ({ preset: "demo", seed: await mySeed() }));
 */
export function defineConfig(config: UserConfigFunction): UserConfigFunction;
export function defineConfig(config: UserConfig): UserConfig;
export function defineConfig<T>(config: T): T {
  return config;
}
