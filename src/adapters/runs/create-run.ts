import { createHash } from "node:crypto";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { SpiceError } from "../../app/errors.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import { ensureFolder, syncFolder, writeJson } from "../files/durable.js";
import { fileError } from "../files/errors.js";
import { takeLock } from "../files/lock.js";
import { openAttemptLogs } from "./attempt-logs.js";
import { EMPTY_CHAIN, nextRecord } from "./audit-log.js";
import { DirectoryRunStore, type KeepOptions } from "./directory-run-store.js";
import { runId, runPaths } from "./layout.js";
import { readAuditState } from "./recover.js";
import type { RunInfo } from "./run-info.js";

/** Options of `createRun`. */
export interface CreateRunOptions extends KeepOptions {
  /** Folder of all runs. The run gets a folder in it, named by its id. */
  readonly root: string;
  /** Replaces the folder in `root`. It must not exist, or it must be empty. */
  readonly directory?: string;
  readonly experiment: Experiment;
  /** A few random letters and digits for the id. */
  readonly suffix: string;
  /**
   * Origin of the run: command line, git commit, versions, snapshot, hardware. It is stored in
   * run.json unchanged.
   */
  readonly provenance: Readonly<Record<string, unknown>>;
}

/**
 * Creates a run directory. It appears complete under its final name, or not at all.
 *
 * @throws SpiceError `RUN_EXISTS` (exit 2) when the folder is in use
 */
export async function createRun(options: CreateRunOptions): Promise<DirectoryRunStore> {
  const { root, experiment, clock, suffix } = options;
  const now = clock.iso();
  const id = runId(now, experiment.name, experiment.seed, suffix);
  const directory = options.directory ?? join(root, id);
  const paths = runPaths(directory);
  try {
    await refuseExisting(directory);
    const draft = runPaths(join(dirname(directory), `.${id}.${process.pid}.tmp`));
    await ensureFolder(dirname(directory));
    try {
      await mkdir(draft.directory);
      await mkdir(draft.checkpoints);
      const config = `${JSON.stringify(experiment, null, 2)}\n`;
      const info: RunInfo = {
        schema: "spice.run/1",
        id,
        name: experiment.name,
        seed: experiment.seed,
        status: "running",
        detail: "",
        createdAt: now,
        updatedAt: now,
        attempts: 1,
        configDigest: createHash("sha256").update(config).digest("hex"),
        provenance: options.provenance,
      };
      await writeFile(draft.config, config);
      for (const file of [draft.episodes, draft.metrics]) await writeFile(file, "");
      const created = { id, configDigest: info.configDigest, provenance: options.provenance };
      await writeFile(
        draft.audit,
        `${JSON.stringify(nextRecord(EMPTY_CHAIN, info.createdAt, "created", created))}\n`,
      );
      await writeJson(draft.info, info);
      await rename(draft.directory, directory);
      await syncFolder(dirname(directory));
      const lock = await takeLock(paths.lock, { boundary: "store", what: "run" });
      const logs = await openAttemptLogs(paths, 1);
      return new DirectoryRunStore({ paths, info, state: await readAuditState(paths), lock, logs, options });
    } finally {
      await rm(draft.directory, { recursive: true, force: true });
    }
  } catch (error) {
    throw fileError(error, "creating the run directory", directory, "store");
  }
}

async function refuseExisting(directory: string): Promise<void> {
  const entries = await readdir(directory).catch(() => []);
  if (entries.length === 0) return;
  throw new SpiceError("The run directory exists already.", {
    code: "RUN_EXISTS",
    boundary: "store",
    where: directory,
    hint: `Three choices: continue it with \`spice train --resume ${directory}\`, give the new run another folder or name, or delete the folder.`,
    exit: 2,
  });
}
