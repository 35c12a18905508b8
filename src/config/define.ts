import type { UserConfig } from "./user-config.js";

/**
 * A function that returns the settings or a promise of them. It is called once, when the file is
 * loaded.
 */
export type UserConfigFunction = () => UserConfig | Promise<UserConfig>;

/**
 * Gives editors the types and descriptions of the settings and returns its argument. The settings
 * are validated when the file is loaded.
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
