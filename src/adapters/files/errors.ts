import { type Boundary, SpiceError } from "../../app/errors.js";

/** The code of a Node.js system error (`ENOENT`, `ENOSPC`); undefined for other values. */
export function errorCode(error: unknown): string | undefined {
  // `instanceof Error` is false for an error of another realm (a worker, the sandbox of a test).
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

const HINTS: Readonly<Record<string, readonly [code: string, what: string, hint: string]>> = {
  ENOSPC: [
    "DISK_FULL",
    "The disk is full",
    "Free some space (`df -h` shows where), then continue; files that were complete are intact.",
  ],
  EDQUOT: [
    "DISK_FULL",
    "The disk quota is used up",
    "Free some space or raise the quota, then continue; files that were complete are intact.",
  ],
  EACCES: [
    "FILE_ACCESS",
    "Access was denied",
    "Check owner and permissions of the path, or choose another folder.",
  ],
  EPERM: [
    "FILE_ACCESS",
    "Access was denied",
    "Check owner and permissions of the path, or choose another folder.",
  ],
  EROFS: ["FILE_ACCESS", "The file system is read-only", "Choose a folder on a writable file system."],
  ENOENT: ["FILE_MISSING", "A file or folder is missing", "Check the path."],
  ENOTDIR: ["FILE_ACCESS", "A part of the path is a file, not a folder", "Check the path."],
  EISDIR: ["FILE_ACCESS", "The path is a folder, not a file", "Check the path."],
  EMFILE: ["TOO_MANY_FILES", "Too many files are open", "Raise the limit with `ulimit -n`."],
  EIO: [
    "DISK_FAILURE",
    "The disk reported a failure",
    "Check the disk (`dmesg`), or choose a folder on another disk.",
  ],
};

/**
 * Converts a system error to a `SpiceError` (exit 3) with a hint. Other errors are returned
 * unchanged.
 *
 * @param doing the work that failed, after the word "while": `writing the corpus`
 * @param path file or folder of the work
 */
export function fileError(error: unknown, doing: string, path: string, boundary: Boundary): unknown {
  const system = errorCode(error);
  const known = system === undefined ? undefined : HINTS[system];
  if (known === undefined) return error;
  const [code, what, hint] = known;
  return new SpiceError(`${what} while ${doing}.`, {
    code,
    boundary,
    where: path,
    hint,
    exit: 3,
    cause: error,
  });
}
