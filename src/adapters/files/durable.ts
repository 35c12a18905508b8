import { mkdir, open, rename, rm, truncate } from "node:fs/promises";
import { dirname } from "node:path";
import { errorCode } from "./errors.js";

/** Make a folder's entries (a rename, a new file) survive a power cut. Not every platform can; there it does nothing. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => null);
  if (handle === null) return;
  try {
    await handle.sync();
  } catch (error) {
    if (!["EISDIR", "EINVAL", "EPERM", "ENOTSUP"].includes(errorCode(error) ?? "")) throw error;
  } finally {
    await handle.close();
  }
}

/** Write a file whole or not at all: temporary name, fsync, rename, fsync of the folder. Replaces an existing file. */
export async function writeWhole(path: string, data: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const handle = await open(temporary, "w");
    try {
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Indented JSON with a final line feed, whole or not at all. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeWhole(path, `${JSON.stringify(value, null, 2)}\n`);
}

/**
 * Append to a file and flush it to disk. When that fails the file is cut back to the length it had, so that a full disk leaves
 * no half line behind. The file is created when missing.
 *
 * @returns the file's length before, in bytes
 */
export async function appendFlushed(path: string, data: string): Promise<number> {
  const handle = await open(path, "a");
  let before: number;
  try {
    before = (await handle.stat()).size;
    try {
      await handle.appendFile(data, "utf8");
      await handle.sync();
    } catch (error) {
      await handle.truncate(before).catch(() => undefined);
      throw error;
    }
  } finally {
    await handle.close();
  }
  return before;
}

/** Cut a file to `length` bytes and flush. */
export async function truncateFlushed(path: string, length: number): Promise<void> {
  await truncate(path, length);
  const handle = await open(path, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Create a folder and its parents; nothing happens when it exists. */
export async function ensureFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
}
