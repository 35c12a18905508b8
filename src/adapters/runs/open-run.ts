import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { ensureFolder, writeJson } from "../files/durable.js";
import { fileError } from "../files/errors.js";
import { takeLock } from "../files/lock.js";
import { openAttemptLogs } from "./attempt-logs.js";
import { DirectoryRunStore, type KeepOptions } from "./directory-run-store.js";
import { runPaths } from "./layout.js";
import { dropUncommitted, readAuditState } from "./recover.js";
import { damagedRun, readInfo } from "./run-info.js";

/**
 * Opens a run to continue it. Bytes after the last committed step, which a crash may have left, are
 * removed from the files and kept in `dropped/`.
 *
 * @throws SpiceError `RUN_NOT_FOUND` (exit 2), `LOCKED` (exit 3) when another process writes the
 * run, `RUN_FORMAT` (exit 3), `RUN_DAMAGED` (exit 5)
 */
export async function openRun(directory: string, options: KeepOptions): Promise<DirectoryRunStore> {
  const paths = runPaths(directory);
  const before = await readInfo(paths);
  const lock = await takeLock(paths.lock, { boundary: "store", what: "run" });
  try {
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
    const attempts = before.attempts + 1;
    const info = { ...before, attempts, updatedAt: options.clock.iso() };
    await writeJson(paths.info, info);
    const logs = await openAttemptLogs(paths, attempts);
    const store = new DirectoryRunStore({ paths, info, state, lock, logs, options });
    await store.audit("opened", { attempt: attempts, committed: store.committed, droppedBytes });
    return store;
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw fileError(error, "opening the run", directory, "store");
  }
}
