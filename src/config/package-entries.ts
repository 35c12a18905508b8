import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Entry points of this package, by the name in an import. The longest names are first. */
const ENTRIES = {
  "spice-orchestrator/own-code": "own-code",
  "spice-orchestrator/runs": "runs",
  "spice-orchestrator/ports": "ports",
  "spice-orchestrator": "index",
} as const;

/**
 * The files of the entry points, so that `import { defineConfig } from "spice-orchestrator"` works
 * in folders where the package is not installed.
 */
export function packageEntries(): Record<string, string> {
  const entry = (name: string) => {
    const built = fileURLToPath(new URL(`../${name}.js`, import.meta.url));
    return existsSync(built) ? built : fileURLToPath(new URL(`../${name}.ts`, import.meta.url));
  };
  return Object.fromEntries(Object.entries(ENTRIES).map(([name, file]) => [name, entry(file)]));
}
