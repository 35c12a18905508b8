import type { Experiment } from "../core/experiment/experiment.js";
import { isTree, type Tree } from "./layers.js";
import { withPresentNames } from "./old-names.js";
import { resolveLayers } from "./resolve.js";
import { parseExperiment } from "./schema.js";

/** A setting of a config.json that the schema does not have: another version had it. */
export interface RemovedSetting {
  /** Dotted path, for example `admission.deixis`. */
  readonly path: string;
  /** The stored value; a section when a whole section was removed. */
  readonly value: unknown;
}

/**
 * The settings of a saved config.json that do not exist. Old names of present settings are not
 * among them. Never throws: other problems of the configuration are not looked at.
 */
export function removedSettings(config: unknown): readonly RemovedSetting[] {
  if (!isTree(config)) return [];
  const values = withPresentNames(config);
  const issues = parseExperiment(values).error?.issues ?? [];
  return issues.flatMap((issue) =>
    issue.code !== "unrecognized_keys"
      ? []
      : issue.keys.map((key) => {
          const path = [...issue.path.map(String), key];
          return { path: path.join("."), value: path.reduce<unknown>(member, values) };
        }),
  );
}

/**
 * The experiment of a saved config.json. Missing settings have their defaults. Settings that do not
 * exist are left out; `removedSettings` lists them.
 *
 * @param where path of the file, for errors
 * @throws SpiceError `CONFIG_INVALID`, `CONFIG_SECRET` (exit 2)
 */
export function storedExperiment(config: unknown, where: string): Experiment {
  const values = isTree(config) ? withPresentNames(config) : {};
  const removed = new Set(removedSettings(values).map(({ path }) => path));
  return resolveLayers([{ name: where, values: without(values, removed, "") }]).experiment;
}

/**
 * True for the value of a check that is switched off: `off`, `false`, no attempts, or a section
 * whose `check` is `off`. A run without the check plays the same.
 */
export function isSwitchedOff({ path, value }: RemovedSetting): boolean {
  if (!path.startsWith("admission.")) return false;
  if (!isTree(value)) return value === "off" || value === false;
  return value["check"] === "off" || value["check"] === false || value["attempts"] === 0;
}

function member(node: unknown, key: string): unknown {
  return isTree(node) && Object.hasOwn(node, key) ? node[key] : undefined;
}

/** A copy of settings without some paths. */
function without(values: Tree, paths: ReadonlySet<string>, prefix: string): Tree {
  return Object.fromEntries(
    Object.entries(values)
      .filter(([key]) => !paths.has(`${prefix}${key}`))
      .map(([key, value]) => [key, isTree(value) ? without(value, paths, `${prefix}${key}.`) : value]),
  );
}
