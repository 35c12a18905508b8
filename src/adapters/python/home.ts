import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Environment } from "./run-command.js";

/**
 * Folder for environments and converted models: `$SPICE_HOME`, else `$XDG_CACHE_HOME/spice`, else
 * `~/.cache/spice`. The function does not create the folder.
 */
export function spiceHome(environment: Environment): string {
  if (environment["SPICE_HOME"]) return resolve(environment["SPICE_HOME"]);
  const cache = environment["XDG_CACHE_HOME"];
  // The XDG specification says that a relative path in this variable is ignored.
  return join(cache?.startsWith("/") ? cache : join(homedir(), ".cache"), "spice");
}

/** Folder of the trainer environments: `<home>/venvs`. */
export function venvsFolder(environment: Environment): string {
  return join(spiceHome(environment), "venvs");
}
