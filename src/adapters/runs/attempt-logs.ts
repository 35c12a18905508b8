import { rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { ensureFolder } from "../files/durable.js";
import type { RunPaths } from "./layout.js";

/** Creates `logs/attempt-<n>/`, makes `logs/latest` a link to it, and returns the folder. */
export async function openAttemptLogs(paths: RunPaths, attempt: number): Promise<string> {
  const name = `attempt-${attempt}`;
  const folder = join(paths.logs, name);
  await ensureFolder(folder);
  const link = join(paths.logs, "latest");
  const temporary = `${link}.${process.pid}.tmp`;
  await rm(temporary, { force: true });
  try {
    await symlink(name, temporary);
    await rename(temporary, link);
  } catch {
    // A file system without links has no `latest`. The numbered folders are enough.
    await rm(temporary, { force: true });
  }
  return folder;
}
