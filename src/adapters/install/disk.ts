import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { EXIT, SpiceError } from "../../app/errors.js";

const GIB = 1024 ** 3;

/** Free bytes for this user on the disk of `path`. The path does not have to exist. */
export async function freeBytes(path: string): Promise<number> {
  const found = await statfs(path).catch(() => null);
  if (found !== null) return found.bavail * found.bsize;
  const parent = dirname(path);
  if (parent === path) throw new Error(`no folder above ${path} exists`);
  return freeBytes(parent);
}

/** Formats a size in units of 1024^3 bytes, for example `6.0 GB`. */
export function formatBytes(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GB`;
}

/**
 * Throws when the disk of `path` has less than `needed` free bytes. The caller checks this before
 * it writes anything.
 *
 * @throws SpiceError `DISK_FULL` (exit 3)
 */
export async function requireSpace(path: string, needed: number, what: string): Promise<void> {
  const free = await freeBytes(path);
  if (free >= needed) return;
  throw new SpiceError(
    `${what} needs about ${formatBytes(needed)}, but only ${formatBytes(free)} are free.`,
    {
      code: "DISK_FULL",
      boundary: "install",
      where: path,
      hint: "Free some space, or point SPICE_HOME at a larger disk.",
      exit: EXIT.environment,
    },
  );
}
