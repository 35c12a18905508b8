import { createHash } from "node:crypto";
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

/** What was appended: bytes `from` to `to` of the file, and their SHA-256 in hex. */
export interface Appended {
  readonly from: number;
  readonly to: number;
  readonly sha256: string;
}

/**
 * Append to a file and flush it to disk, piece by piece. When that fails the file is cut back to the length it had, so that a full
 * disk leaves no half line behind. The file is created when missing.
 */
export async function appendFlushed(path: string, pieces: Iterable<string>): Promise<Appended> {
  const handle = await open(path, "a");
  try {
    const from = (await handle.stat()).size;
    const hash = createHash("sha256");
    let to = from;
    try {
      for (const piece of pieces) {
        const bytes = Buffer.from(piece, "utf8");
        await handle.appendFile(bytes);
        hash.update(bytes);
        to += bytes.length;
      }
      await handle.sync();
    } catch (error) {
      await handle.truncate(from).catch(() => undefined);
      throw error;
    }
    return { from, to, sha256: hash.digest("hex") };
  } finally {
    await handle.close();
  }
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
