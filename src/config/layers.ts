/** Plain data of a configuration. */
export type Tree = { [key: string]: unknown };

/** A source of settings. Later layers replace the values of earlier layers. */
export interface Layer {
  /** Name for people: `preset demo`, `spice.config.ts`, `--set steps=3`. */
  readonly name: string;
  readonly values: Tree;
}

/** Merged layers. */
export interface Merged {
  readonly values: Tree;
  /** The name of the layer that gave the value, for each leaf path. */
  readonly origins: ReadonlyMap<string, string>;
}

/** True for a plain object. */
export function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Merges objects key by key. Other values, arrays included, replace the earlier value. `undefined`
 * changes nothing.
 */
export function mergeLayers(layers: readonly Layer[]): Merged {
  const origins = new Map<string, string>();
  const values: Tree = {};
  for (const layer of layers) mergeInto(values, layer.values, "", layer.name, origins);
  return { values, origins };
}

function mergeInto(
  target: Tree,
  source: Tree,
  prefix: string,
  name: string,
  origins: Map<string, string>,
): void {
  for (const [key, value] of Object.entries(source)) {
    if (value === undefined) continue;
    const path = `${prefix}${key}`;
    const below = `${path}.`;
    if (isTree(value)) {
      const existing = Object.hasOwn(target, key) ? target[key] : undefined;
      const node: Tree = isTree(existing) ? existing : {};
      if (!isTree(existing)) origins.delete(path);
      define(target, key, node);
      mergeInto(node, value, below, name, origins);
      continue;
    }
    for (const known of origins.keys()) if (known.startsWith(below)) origins.delete(known);
    define(target, key, value);
    origins.set(path, name);
  }
}

/**
 * Sets a property. A hostile file may have a key `__proto__`. It becomes an ordinary unknown key,
 * not the prototype.
 */
function define(target: Tree, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}
