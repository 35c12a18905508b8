import type { ExperimentInput } from "./schema.js";

/**
 * The settings that a configuration file may give. All are optional: a preset or another file has
 * the rest. docs/configuration.md lists each with its unit, default and source.
 */
export type UserConfig = ExperimentInput & {
  /** A configuration file to start from, relative to this one. That file may not extend another. */
  readonly extends?: string;
};

/**
 * A function that returns the settings, or a promise of them. It is called once, when the file is
 * loaded.
 */
export type UserConfigFunction = () => UserConfig | Promise<UserConfig>;

/**
 * Gives editors the types of a configuration. It returns what it is given: the settings are checked
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
