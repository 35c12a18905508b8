import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";

/**
 * Runs by the snapshot that they play. Only the configuration of each run is read. A folder without
 * a configuration is passed over.
 *
 * @param root the folder of the runs
 */
export async function snapshotUsers(root: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const users = new Map<string, string[]>();
  const entries = await readdir(resolve(root), { withFileTypes: true }).catch(() => []);
  for (const entry of entries.filter((one) => one.isDirectory()).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const snapshot = await snapshotOf(join(resolve(root), entry.name, "config.json"));
    if (snapshot !== null) users.set(snapshot, [...(users.get(snapshot) ?? []), entry.name]);
  }
  return users;
}

async function snapshotOf(path: string): Promise<string | null> {
  try {
    const config = JSON.parse(await readFile(path, "utf8")) as { corpus?: { snapshot?: unknown } } | null;
    const snapshot = config?.corpus?.snapshot;
    return typeof snapshot === "string" ? snapshot : null;
  } catch {
    return null;
  }
}
