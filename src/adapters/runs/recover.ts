import { createReadStream } from "node:fs";
import { open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { ensureFolder, syncFolder, truncateFlushed } from "../files/durable.js";
import { errorCode } from "../files/errors.js";
import { type ChainHead, EMPTY_CHAIN, readAudit } from "./audit-log.js";
import { checkpointStep, type RunPaths } from "./layout.js";
import { damagedRun } from "./run-info.js";
import { Timeline } from "./timeline.js";

/** What the audit log says: which steps count, where the chain ends, and how many bytes of the file are sound. */
export interface AuditState {
  readonly timeline: Timeline;
  readonly head: ChainHead;
  readonly bytes: number;
}

/** @throws SpiceError `RUN_DAMAGED` (exit 5) when the chain is broken */
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

/** Bytes that were cut off, by file. Zero everywhere after a clean end. */
export interface DroppedBytes {
  readonly episodes: number;
  readonly metrics: number;
  readonly audit: number;
}

/**
 * Make the files say what the audit log says: whatever stands behind the last committed step was never finished, or was
 * rewound. It is kept in `dropped/<label>/` and cut off. Weights saved for steps that do not count are removed: they
 * are large, and playing the steps again makes them again.
 *
 * @throws SpiceError `RUN_DAMAGED` (exit 5) when a file is shorter than what was committed
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

/** Move everything behind `length` to a file of its own. Returns how many bytes that was. */
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
