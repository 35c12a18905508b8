import { readFileSync } from "node:fs";
import { link, open, readFile, rename, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { type Boundary, SpiceError } from "../../app/errors.js";
import { errorCode, fileError } from "./errors.js";

/** The process that owns a lock. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /**
   * Start time of the process in ticks of the kernel; null when it is unknown. It distinguishes two
   * processes with the same pid.
   */
  readonly started: string | null;
}

/** A lock that this process owns. Disposal releases it. */
export interface Lock extends AsyncDisposable {
  readonly path: string;
}

/** Words for the error message of a lock. */
export interface LockOptions {
  readonly boundary: Boundary;
  /** The noun for the message: `run`, `corpus store`. */
  readonly what: string;
}

/**
 * Creates a lock file that names this process. A lock of a process that does not run on this host
 * is replaced.
 *
 * @throws SpiceError `LOCKED` (exit 3) when another process owns the lock
 */
export async function takeLock(path: string, options: LockOptions): Promise<Lock> {
  const mine: LockHolder = { pid: process.pid, host: hostname(), started: processStart(process.pid) };
  const text = `${JSON.stringify(mine)}\n`;
  for (;;) {
    try {
      const handle = await open(path, "wx");
      try {
        await handle.writeFile(text);
        await handle.sync();
      } finally {
        await handle.close();
      }
      return { path, [Symbol.asyncDispose]: () => release(path, text) };
    } catch (error) {
      if (errorCode(error) !== "EEXIST")
        throw fileError(error, `locking the ${options.what}`, path, options.boundary);
    }
    const found = await readFile(path, "utf8").catch(() => null);
    if (found === null) continue;
    const holder = parseHolder(found);
    if (holder === null || isLive(holder)) throw locked(path, holder, options);
    await removeStale(path, found);
  }
}

/**
 * The running process that owns the lock; null when the lock is free or stale. A process on another
 * host counts as running.
 */
export async function lockHolder(path: string): Promise<LockHolder | null> {
  const text = await readFile(path, "utf8").catch(() => null);
  const holder = text === null ? null : parseHolder(text);
  return holder !== null && isLive(holder) ? holder : null;
}

async function release(path: string, text: string): Promise<void> {
  const found = await readFile(path, "utf8").catch(() => null);
  if (found === text) await rm(path, { force: true });
}

/**
 * Removes a stale lock. The lock is renamed first, so that two processes that find the same stale
 * lock do not remove each other's new lock.
 */
async function removeStale(path: string, text: string): Promise<void> {
  const aside = `${path}.stale.${process.pid}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return;
    throw error;
  }
  if ((await readFile(aside, "utf8")) !== text) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

function parseHolder(text: string): LockHolder | null {
  try {
    const value = JSON.parse(text) as Partial<LockHolder>;
    if (typeof value.pid !== "number" || typeof value.host !== "string") return null;
    return { pid: value.pid, host: value.host, started: value.started ?? null };
  } catch {
    return null;
  }
}

function isLive({ pid, host, started }: LockHolder): boolean {
  // The processes of another host (with a shared file system) cannot be seen from here, so they
  // count as running.
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errorCode(error) === "ESRCH") return false;
  }
  const now = processStart(pid);
  return started === null || now === null || now === started;
}

/** Field 22 of /proc/<pid>/stat, the start time; null on systems without this file. */
function processStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the command in parentheses, which may contain spaces. The fields are
    // counted after it.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}

function locked(path: string, holder: LockHolder | null, { boundary, what }: LockOptions): SpiceError {
  const who =
    holder === null
      ? "another process (its lock file cannot be read)"
      : `process ${holder.pid} on ${holder.host}`;
  return new SpiceError(`The ${what} is in use by ${who}.`, {
    code: "LOCKED",
    boundary,
    where: path,
    hint: "Wait for it or stop it. If you are sure that it no longer runs, delete the lock file.",
    exit: 3,
  });
}
