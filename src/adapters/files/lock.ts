import { readFileSync } from "node:fs";
import { link, open, readFile, rename, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { type Boundary, SpiceError } from "../../app/errors.js";
import { errorCode, fileError } from "./errors.js";

/** Who holds a lock. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** Start of the process in the kernel's ticks, where it can be known: a pid may be used again. */
  readonly started: string | null;
}

/** A held lock; disposing releases it. */
export interface Lock extends AsyncDisposable {
  readonly path: string;
}

export interface LockOptions {
  readonly boundary: Boundary;
  /** What the lock protects, for the message: `run`, `corpus store`. */
  readonly what: string;
}

/**
 * Take a lock file that names this process. A lock left behind by a process that no longer runs on this host is taken over.
 *
 * @throws SpiceError `LOCKED` (exit 3) when somebody else holds it
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

/** Whoever holds the lock and is alive, as far as this host can tell; null when it is free or stale. */
export async function lockHolder(path: string): Promise<LockHolder | null> {
  const text = await readFile(path, "utf8").catch(() => null);
  const holder = text === null ? null : parseHolder(text);
  return holder !== null && isLive(holder) ? holder : null;
}

async function release(path: string, text: string): Promise<void> {
  const found = await readFile(path, "utf8").catch(() => null);
  if (found === text) await rm(path, { force: true });
}

/** Move it away first: two processes that find the same stale lock must not remove each other's new one. */
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
  // Another host's processes cannot be seen from here (a shared file system): assume the worst.
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errorCode(error) === "ESRCH") return false;
  }
  const now = processStart(pid);
  return started === null || now === null || now === started;
}

/** Field 22 of /proc/<pid>/stat; null where there is no such file. */
function processStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the command in parentheses and may hold spaces: count from behind it.
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
