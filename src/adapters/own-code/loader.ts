import { dirname, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { createJiti, type Jiti } from "jiti";

/** Files of the entry points of this package, by the name in an import. */
export type Aliases = Readonly<Record<string, string>>;

/** The name that modules import. */
const OWN_CODE = "spice-orchestrator/own-code";

/**
 * The loader of files of the user. It compiles TypeScript, and finds this package also where the
 * package is not installed.
 */
export async function createLoader(aliases: Aliases): Promise<Jiti> {
  const { [OWN_CODE]: entry = "", ...others } = aliases;
  // With `tryNative` off jiti loads every file that is not in a package, so that its cache lists
  // them.
  return createJiti(import.meta.url, {
    moduleCache: true,
    fsCache: false,
    tryNative: false,
    nativeModules: ["zod", "spice-orchestrator"],
    alias: others,
    // Compiled once with this program, and not again for the module.
    virtualModules: { [OWN_CODE]: await import(pathToFileURL(entry).href) },
  });
}

/** Files of the user that a loader loaded: files in no package. */
export function loadedFiles(loader: Jiti, aliases: Aliases): readonly string[] {
  const own = [...new Set(Object.values(aliases).map((file) => dirname(file)))];
  return Object.keys(loader.cache)
    .filter((file) => !file.includes(`${sep}node_modules${sep}`))
    .filter((file) => !own.some((folder) => file.startsWith(folder + sep)));
}

/** The first place of the stack of an error that is in this folder: `reward.ts:12:5`. */
export function placeOf(error: unknown, folder: string): string | null {
  const stack = (error as { stack?: unknown } | null)?.stack;
  const lines = typeof stack === "string" ? stack.split("\n") : [];
  for (const line of lines) {
    const at = line.indexOf(folder + sep);
    if (at >= 0 && !line.includes(`${sep}node_modules${sep}`))
      return line.slice(at + folder.length + 1).replace(/\)$/, "");
  }
  return null;
}
