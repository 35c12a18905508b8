import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { SpiceError } from "../../app/errors.js";
import type { SnapshotInfo } from "../../core/records/document.js";
import { syncFolder, writeWhole } from "../files/durable.js";
import { fileError } from "../files/errors.js";
import { takeLock } from "../files/lock.js";
import { corpusNotFound } from "./errors.js";
import { type SnapshotManifest, type StorePaths, storePaths } from "./layout.js";
import { removeLeftOut } from "./left-out.js";
import { snapshotInfo } from "./open-corpus.js";
import { latestSegments, publishSnapshot } from "./publish.js";
import { latestSnapshot, readManifest, resolveSnapshot, snapshotIds } from "./snapshot.js";

/** A snapshot in a list. */
export interface SnapshotSummary extends SnapshotInfo {
  /** Time of the file, UTC, ISO 8601. */
  readonly publishedAt: string;
  readonly isLatest: boolean;
}

/**
 * The snapshots of a store, newest first. Empty when there is no store.
 *
 * @throws SpiceError `CORPUS_FORMAT` (exit 3), `CORPUS_DAMAGED` (exit 5)
 */
export async function listSnapshots(store: string): Promise<readonly SnapshotSummary[]> {
  const paths = storePaths(store);
  const latest = await latestSnapshot(paths);
  const found = await Promise.all(
    (await snapshotIds(paths)).map(async (id) => {
      const { mtime } = await stat(join(paths.snapshots, `${id}.json`));
      const info = snapshotInfo(await readManifest(paths, id));
      return { ...info, publishedAt: mtime.toISOString(), isLatest: id === latest };
    }),
  );
  return found.sort((a, b) =>
    a.publishedAt === b.publishedAt ? (a.id < b.id ? -1 : 1) : a.publishedAt < b.publishedAt ? 1 : -1,
  );
}

/** What `removeSnapshot` removed. */
export interface RemovedSnapshot {
  readonly id: string;
  /** Shards that no other snapshot uses. */
  readonly shards: number;
  /** Their length in bytes. */
  readonly bytes: number;
  /** The snapshot that is the latest afterwards; null when none is left. */
  readonly latest: string | null;
}

/**
 * Removes a snapshot, and the documents that no other snapshot uses. When it is the latest, the
 * newest of the others becomes the latest.
 *
 * @param id the full id
 * @throws SpiceError `CORPUS_NOT_FOUND` (exit 2), `LOCKED`, `CORPUS_FORMAT` (exit 3),
 * `CORPUS_DAMAGED` (exit 5)
 */
export function removeSnapshot(store: string, id: string): Promise<RemovedSnapshot> {
  return locked(store, async (paths) => {
    await resolveSnapshot(paths, id);
    const others = (await listSnapshots(store)).filter((one) => one.id !== id);
    const manifests = await Promise.all(others.map((one) => readManifest(paths, one.id)));
    const before = await latestSnapshot(paths);
    const latest = before === id ? (others[0]?.id ?? null) : before;
    // Whatever interrupts this, the latest snapshot exists with everything that it consists of.
    if (latest === null) await rm(paths.latest, { force: true });
    else if (latest !== before) await writeWhole(paths.latest, `${latest}\n`);
    await rm(join(paths.snapshots, `${id}.json`));
    await syncFolder(paths.snapshots);
    return { id, latest, ...(await removeUnused(paths, manifests)) };
  });
}

/**
 * Publishes a snapshot without a source. Earlier snapshots still contain the source.
 *
 * @param names the names that the source can have in the store
 * @throws SpiceError `SOURCE_NOT_LISTED`, `SOURCE_LAST` (exit 2), `LOCKED`, `CORPUS_FORMAT` (exit
 * 3), `CORPUS_DAMAGED` (exit 5)
 */
export function removeSource(store: string, names: readonly string[]): Promise<SnapshotInfo> {
  return locked(store, async (paths) => {
    const { sources, segmentation } = await readManifest(paths, await resolveSnapshot(paths, "latest"));
    const removed = sources.filter((source) => names.includes(source));
    if (removed.length === 0) throw notListed(names[0] ?? "", sources);
    if (removed.length === sources.length) {
      throw new SpiceError("It is the only source of the corpus.", {
        code: "SOURCE_LAST",
        boundary: "corpus",
        where: removed[0] ?? "",
        hint: "Remove the snapshot: `spice corpus rm latest`.",
        exit: 2,
      });
    }
    const kept = await latestSegments(paths, new Set(removed));
    const manifest = await publishSnapshot(paths, kept, segmentation);
    for (const source of removed) await removeLeftOut(paths.leftOut, source);
    return snapshotInfo(manifest);
  });
}

/**
 * The full id of a snapshot of a store; null when the name fits none.
 *
 * @param name `latest`, an id, or the unique beginning of an id of 8 digits or more
 */
export async function snapshotNamed(store: string, name: string): Promise<string | null> {
  if (name !== "latest" && !/^[0-9a-f]{8,64}$/.test(name)) return null;
  return resolveSnapshot(storePaths(store), name);
}

async function removeUnused(
  paths: StorePaths,
  manifests: readonly SnapshotManifest[],
): Promise<{ readonly shards: number; readonly bytes: number }> {
  const tables = new Set(manifests.map(({ table }) => `${table}.segments`));
  for (const file of await readdir(paths.snapshots)) {
    if (file.endsWith(".segments") && !tables.has(file)) await rm(join(paths.snapshots, file));
  }
  const used = new Set(manifests.flatMap((one) => one.shards.map(({ name }) => name)));
  let [shards, bytes] = [0, 0];
  for (const file of await readdir(paths.documents)) {
    const name = /^([0-9a-f]{32})\.jsonl$/.exec(file)?.[1];
    if (name === undefined || used.has(name)) continue;
    bytes += (await stat(join(paths.documents, file))).size;
    shards += 1;
    // A shard without its index is not opened by the next command.
    await rm(join(paths.documents, file));
    await rm(join(paths.documents, `${name}.idx`), { force: true });
  }
  return { shards, bytes };
}

async function locked<T>(store: string, work: (paths: StorePaths) => Promise<T>): Promise<T> {
  const paths = storePaths(store);
  if ((await snapshotIds(paths)).length === 0) throw corpusNotFound("The folder contains no corpus.", store);
  try {
    await using _lock = await takeLock(paths.lock, { boundary: "corpus", what: "corpus store" });
    return await work(paths);
  } catch (error) {
    throw fileError(error, "changing the corpus store", store, "corpus");
  }
}

function notListed(source: string, sources: readonly string[]): SpiceError {
  return new SpiceError("The latest snapshot has no such source.", {
    code: "SOURCE_NOT_LISTED",
    boundary: "corpus",
    where: source,
    hint: `Its sources: ${sources.join(", ")}.`,
    exit: 2,
  });
}
