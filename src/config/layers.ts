/** Plain data: what configuration is made of. */
export type Tree = { [key: string]: unknown };

/** One source of settings; later layers win. */
export interface Layer {
  /** For people: `preset demo`, `spice.config.ts`, `--set steps=3`. */
  readonly name: string;
  readonly values: Tree;
}

export interface Merged {
  readonly values: Tree;
  /** For every leaf path that a layer gave: the layer's name. */
  readonly origins: ReadonlyMap<string, string>;
}

export function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Merge objects key by key; anything else, arrays included, replaces what was there. `undefined`
 * says nothing.
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
 * A key may be called `__proto__` in a hostile file; it must become an unknown key, not a
 * prototype.
 */
function define(target: Tree, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}
