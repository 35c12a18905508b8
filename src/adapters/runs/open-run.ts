import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { ensureFolder, writeJson } from "../files/durable.js";
import { fileError } from "../files/errors.js";
import { takeLock } from "../files/lock.js";
import { openAttemptLogs } from "./attempt-logs.js";
import { DirectoryRunStore, type KeepOptions } from "./directory-run-store.js";
import { type RunPaths, runPaths } from "./layout.js";
import { dropUncommitted, readAuditState } from "./recover.js";
import { damagedRun, type RunInfo, readInfo } from "./run-info.js";

/**
 * Opens a run to continue it. Bytes after the last committed step, which a crash may have left, are
 * removed from the files and kept in `dropped/`.
 *
 * @throws SpiceError `RUN_NOT_FOUND` (exit 2), `LOCKED` (exit 3) when another process writes the
 * run, `RUN_FORMAT` (exit 3), `RUN_DAMAGED` (exit 5)
 */
export function openRun(directory: string, options: KeepOptions): Promise<DirectoryRunStore> {
  return openLocked(directory, options, async (paths, before) => {
    const attempts = before.attempts + 1;
    const info = { ...before, attempts, updatedAt: options.clock.iso() };
    await writeJson(paths.info, info);
    return { info, logs: await openAttemptLogs(paths, attempts) };
  });
}

/**
 * Opens a run to change it without training: to rename it or to remove weights. It counts as no
 * attempt and has no log.
 *
 * @throws SpiceError as `openRun`
 */
export function openForUpkeep(directory: string, options: KeepOptions): Promise<DirectoryRunStore> {
  return openLocked(directory, options, async (paths, info) => ({ info, logs: paths.logs }));
}

async function openLocked(
  directory: string,
  options: KeepOptions,
  begin: (paths: RunPaths, before: RunInfo) => Promise<{ readonly info: RunInfo; readonly logs: string }>,
): Promise<DirectoryRunStore> {
  const paths = runPaths(directory);
  await readInfo(paths);
  const lock = await takeLock(paths.lock, { boundary: "store", what: "run" });
  try {
    // Read under the lock: another process may have changed it before.
    const before = await readInfo(paths);
    const digest = createHash("sha256")
      .update(await readFile(paths.config))
      .digest("hex");
    if (digest !== before.configDigest) {
      throw damagedRun("The configuration was edited after the run was started.", paths.config);
    }
    await ensureFolder(paths.checkpoints);
    const state = await readAuditState(paths);
    const weightsRoot = options.weightsRoot === undefined ? paths.checkpoints : options.weightsRoot;
    const label = `${String(state.head.seq).padStart(6, "0")}-uncommitted`;
    const droppedBytes = await dropUncommitted(paths, state, label, weightsRoot);
    const { info, logs } = await begin(paths, before);
    const store = new DirectoryRunStore({ paths, info, state, lock, logs, options });
    if (info.attempts > before.attempts || Object.values(droppedBytes).some((bytes) => bytes > 0))
      await store.audit("opened", { attempt: info.attempts, committed: store.committed, droppedBytes });
    return store;
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw fileError(error, "opening the run", directory, "store");
  }
}
