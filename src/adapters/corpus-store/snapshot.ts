import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { SpiceError } from "../../app/errors.js";
import { corpusNotFound, damagedCorpus } from "./errors.js";
import { type SnapshotManifest, STORE_SCHEMA, type StorePaths } from "./layout.js";
import { merkleRoot, segmentLeaf } from "./merkle.js";
import { SegmentTable } from "./segment-table.js";
import { Shard } from "./shard.js";

/** A snapshot in memory, without the texts. */
export interface LoadedSnapshot {
  readonly manifest: SnapshotManifest;
  readonly table: SegmentTable;
  readonly shards: readonly Shard[];
}

/** Id of the snapshot that was published last; null when there is none. */
export async function latestSnapshot(paths: StorePaths): Promise<string | null> {
  const text = await readFile(paths.latest, "utf8").catch(() => null);
  return text === null ? null : text.trim();
}

/**
 * Loads a snapshot. Lengths, the digests of index and table, and the Merkle root are compared with
 * the expected values. Texts are compared when they are read.
 *
 * @throws SpiceError `CORPUS_FORMAT` (exit 3), `CORPUS_DAMAGED` (exit 5)
 */
export async function loadSnapshot(paths: StorePaths, id: string): Promise<LoadedSnapshot> {
  const manifest = await readManifest(paths, id);
  const tablePath = join(paths.snapshots, `${manifest.table}.segments`);
  const bytes = await readFile(tablePath).catch((error: unknown) => {
    throw damagedCorpus("The segment table of the snapshot cannot be read.", tablePath, error);
  });
  if (createHash("sha256").update(bytes).digest("hex") !== manifest.table) {
    throw damagedCorpus("The segment table of the snapshot was changed or cut short.", tablePath);
  }
  const table = new SegmentTable(bytes);
  const shards = await Promise.all(
    manifest.shards.map(({ name, index }) => Shard.open(paths.documents, name, index)),
  );
  const leaves: Buffer[] = [];
  for (const row of table.rows()) {
    const shard = shards[row.shard];
    if (shard === undefined || row.document >= shard.documents) {
      throw damagedCorpus("The segment table refers to a missing document.", tablePath);
    }
    leaves.push(segmentLeaf(shard.digest(row.document), row.start, row.end, row.tokens));
  }
  if (merkleRoot(leaves) !== id)
    throw damagedCorpus("The content of the snapshot does not match its id.", tablePath);
  return { manifest, table, shards };
}

/**
 * The full id of a snapshot, from `latest`, an id, or the unique beginning of an id (at least 8
 * digits).
 *
 * @throws SpiceError `CORPUS_NOT_FOUND` (exit 2), `CORPUS_DAMAGED` (exit 5)
 */
export async function resolveSnapshot(paths: StorePaths, wanted: string): Promise<string> {
  const ids = await snapshotIds(paths);
  if (ids.length === 0) throw corpusNotFound("The folder contains no corpus.", paths.root);
  if (wanted === "latest") {
    const latest = await latestSnapshot(paths);
    if (latest !== null) return latest;
    throw damagedCorpus("The store does not name its latest snapshot.", paths.latest);
  }
  const matches = wanted.length >= 8 ? ids.filter((id) => id.startsWith(wanted)) : [];
  if (matches.length === 1) return matches[0] as string;
  throw corpusNotFound(
    `${matches.length === 0 ? "No snapshot" : "More than one snapshot"} of the corpus is called ${wanted}.`,
    paths.snapshots,
  );
}

/**
 * Ids of the snapshots of a store. Empty when there is no store.
 */
export async function snapshotIds(paths: StorePaths): Promise<string[]> {
  const files = await readdir(paths.snapshots).catch(() => []);
  return files.filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -".json".length));
}

/**
 * Reads what a snapshot consists of.
 *
 * @throws SpiceError `CORPUS_FORMAT` (exit 3), `CORPUS_DAMAGED` (exit 5)
 */
export async function readManifest(paths: StorePaths, id: string): Promise<SnapshotManifest> {
  const path = join(paths.snapshots, `${id}.json`);
  let manifest: SnapshotManifest;
  try {
    manifest = JSON.parse(await readFile(path, "utf8")) as SnapshotManifest;
  } catch (error) {
    throw damagedCorpus("The snapshot cannot be read.", path, error);
  }
  if (manifest.schema !== STORE_SCHEMA) {
    throw new SpiceError(`The snapshot was written in another format (${String(manifest.schema)}).`, {
      code: "CORPUS_FORMAT",
      boundary: "corpus",
      where: path,
      hint: "Add the sources again into a new store.",
      exit: 3,
    });
  }
  if (manifest.id !== id || !Array.isArray(manifest.shards))
    throw damagedCorpus("The snapshot was renamed or edited.", path);
  return manifest;
}
