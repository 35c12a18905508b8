import { createReadStream } from "node:fs";
import { open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { ensureFolder, syncFolder, truncateFlushed } from "../files/durable.js";
import { errorCode } from "../files/errors.js";
import { type ChainHead, EMPTY_CHAIN, readAudit } from "./audit-log.js";
import { checkpointStep, type RunPaths } from "./layout.js";
import { damagedRun } from "./run-info.js";
import { Timeline } from "./timeline.js";

/**
 * Content of the audit log: the steps that count, the end of the chain, and the number of valid
 * bytes of the file.
 */
export interface AuditState {
  readonly timeline: Timeline;
  readonly head: ChainHead;
  readonly bytes: number;
}

/** Reads the audit log. @throws SpiceError `RUN_DAMAGED` (exit 5) when the chain is broken */
export async function readAuditState(paths: RunPaths): Promise<AuditState> {
  const timeline = new Timeline();
  let head: ChainHead = EMPTY_CHAIN;
  let bytes = 0;
  for await (const { record, end } of readAudit(paths.audit)) {
    timeline.apply(record);
    head = { seq: record.seq, hash: record.hash };
    bytes = end;
  }
  return { timeline, head, bytes };
}

/** Number of removed bytes for each file. All are 0 after a clean end. */
export interface DroppedBytes {
  readonly episodes: number;
  readonly metrics: number;
  readonly audit: number;
}

/**
 * Makes the files agree with the audit log. Bytes after the last committed step belong to an
 * unfinished step or to a step that was rewound. They are moved to `dropped/<label>/`. The weights
 * of steps that do not count are deleted, because they are large and a repetition of the steps
 * produces them again.
 *
 * @throws SpiceError `RUN_DAMAGED` (exit 5) when a file is shorter than its committed length
 */
export async function dropUncommitted(
  paths: RunPaths,
  state: AuditState,
  label: string,
  weightsRoot: string | null,
): Promise<DroppedBytes> {
  const folder = join(paths.dropped, label);
  const { timeline } = state;
  const dropped = {
    episodes: await cutTail(paths.episodes, timeline.end("episodes"), folder, "episodes.jsonl"),
    metrics: await cutTail(paths.metrics, timeline.end("metrics"), folder, "metrics.jsonl"),
    audit: await cutTail(paths.audit, state.bytes, folder, "audit.jsonl"),
  };
  for (const entry of await readdir(paths.checkpoints)) {
    const step = entry.endsWith(".json") ? checkpointStep(entry.slice(0, -".json".length)) : null;
    if (step === null || step <= timeline.committed) continue;
    await ensureFolder(folder);
    await rename(join(paths.checkpoints, entry), join(folder, `checkpoint-${entry}`));
  }
  if (weightsRoot !== null) {
    for (const entry of await readdir(weightsRoot).catch(() => [])) {
      const step = checkpointStep(entry);
      const counts = step === 0 ? timeline.start !== null : step !== null && step <= timeline.committed;
      if (step !== null && !counts) await rm(join(weightsRoot, entry), { recursive: true, force: true });
    }
  }
  return dropped;
}

/** Moves the bytes after `length` to a separate file. Returns the number of these bytes. */
async function cutTail(path: string, length: number, folder: string, name: string): Promise<number> {
  const size = await stat(path).then(
    (found) => found.size,
    (error: unknown) => {
      if (errorCode(error) === "ENOENT") return 0;
      throw error;
    },
  );
  if (size < length) {
    throw damagedRun(`The file is shorter than what was committed: ${size} bytes of ${length}.`, path);
  }
  if (size === length) return 0;
  await ensureFolder(folder);
  const copy = await open(join(folder, name), "w");
  try {
    for await (const chunk of createReadStream(path, {
      start: length,
      end: size - 1,
    }) as AsyncIterable<Buffer>) {
      await copy.writeFile(chunk);
    }
    await copy.sync();
  } finally {
    await copy.close();
  }
  await syncFolder(folder);
  await truncateFlushed(path, length);
  return size - length;
}
