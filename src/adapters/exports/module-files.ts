import { readFile } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";

const IMPORT = /^(?:import|export)\b[^"';]*?["'](\.{1,2}\/[^"']+)["']|^import ["'](\.{1,2}\/[^"']+)["']/gm;

/**
 * The files of a compiled module: the module and all that it imports by relative paths, found in
 * their import lines.
 *
 * @param entry path of a `.js` file inside `root`
 * @param root folder that must contain all files
 * @returns texts by paths relative to `root`, in the order of discovery
 * @throws Error when an import leaves `root`
 */
export async function moduleFiles(entry: string, root: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const waiting = [resolve(entry)];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const name = relative(root, path);
    if (found.has(name)) continue;
    if (name.startsWith("..")) throw new Error(`${entry} imports ${path}, which is not in ${root}`);
    const text = await readFile(path, "utf8");
    found.set(name, text.replace(/^\/\/# sourceMappingURL=.*$/m, ""));
    for (const [, from, plain] of text.matchAll(IMPORT))
      waiting.push(resolve(dirname(path), from ?? plain ?? ""));
  }
  return found;
}
