import { isTree, type Tree } from "./layers.js";

/**
 * Old names of settings, each with the name that replaces it in the same section. Configuration
 * files, `--set` and the config.json of old runs may use an old name.
 */
const OLD_NAMES: ReadonlyMap<string, string> = new Map([
  ["admission.document.licence", "license"],
  ["admission.document.licences", "licenses"],
]);

/** The present name of a setting: the path itself, or the path that replaces an old path. */
export function presentName(path: string): string {
  const name = OLD_NAMES.get(path);
  return name === undefined ? path : `${path.slice(0, path.lastIndexOf(".") + 1)}${name}`;
}

/**
 * Settings with present names instead of old names. A section that has both names of a setting
 * keeps both, so that the schema refuses the old name: only one of two values can be meant.
 */
export function withPresentNames(values: Tree, section = ""): Tree {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => {
      const path = section === "" ? key : `${section}.${key}`;
      const name = OLD_NAMES.get(path);
      const inner = isTree(value) ? withPresentNames(value, path) : value;
      return [name === undefined || Object.hasOwn(values, name) ? key : name, inner];
    }),
  );
}
