import { createHash } from "node:crypto";
import { mkdir, open, rename, rm, truncate } from "node:fs/promises";
import { dirname } from "node:path";
import { errorCode } from "./errors.js";

/**
 * Flushes the entries of a folder (a rename, a new file) to disk, so that they survive a power
 * failure. On a platform that cannot do this, nothing happens.
 */
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

/**
 * Writes a file completely or not at all: temporary name, fsync, rename, fsync of the folder. An
 * existing file is replaced.
 */
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

/** Writes indented JSON with a final line feed, completely or not at all. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeWhole(path, `${JSON.stringify(value, null, 2)}\n`);
}

/**
 * Bytes `from` to `to` of the file that were appended, and their SHA-256 in hexadecimal digits.
 * `to` is not included.
 */
export interface Appended {
  readonly from: number;
  readonly to: number;
  readonly sha256: string;
}

/**
 * Appends texts to a file and flushes the file to disk. The file is created when it is missing.
 * When a write fails, the file is truncated to its earlier length, so that a full disk leaves no
 * incomplete line.
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

/** Truncates a file to `length` bytes and flushes it. */
export async function truncateFlushed(path: string, length: number): Promise<void> {
  await truncate(path, length);
  const handle = await open(path, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Creates a folder and its parents. An existing folder stays as it is. */
export async function ensureFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
}
