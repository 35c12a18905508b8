import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Environment } from "./run-command.js";

/** `$SPICE_HOME`, else `$XDG_CACHE_HOME/spice`, else `~/.cache/spice`: environments and converted models. Not created here. */
export function spiceHome(environment: Environment): string {
  if (environment["SPICE_HOME"]) return resolve(environment["SPICE_HOME"]);
  const cache = environment["XDG_CACHE_HOME"];
  // The XDG specification says that a relative path there is to be ignored.
  return join(cache?.startsWith("/") ? cache : join(homedir(), ".cache"), "spice");
}

/** Where trainer environments live: `<home>/venvs`. */
export function venvsFolder(environment: Environment): string {
  return join(spiceHome(environment), "venvs");
}
