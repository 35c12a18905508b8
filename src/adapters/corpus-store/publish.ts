import { createHash } from "node:crypto";
import { join } from "node:path";
import { writeJson, writeWhole } from "../files/durable.js";
import { damagedCorpus } from "./errors.js";
import { type Segmentation, type SnapshotManifest, STORE_SCHEMA, type StorePaths } from "./layout.js";
import { merkleRoot, segmentLeaf } from "./merkle.js";
import { compareRows, encodeTable, type SegmentRow } from "./segment-table.js";
import type { Shard } from "./shard.js";
import { latestSnapshot, loadSnapshot } from "./snapshot.js";

/**
 * A segment with its shard, kind and source, before these get their numbers in the lists of a
 * snapshot.
 */
export interface PlacedSegment extends Omit<SegmentRow, "shard" | "kind" | "source"> {
  readonly shard: Shard;
  readonly kind: string;
  readonly source: string;
  /** Digest of the document. */
  readonly digest: Buffer;
}

/**
 * Numbers, sorts and hashes the segments of a snapshot. The id depends on the documents and their
 * segments only. It does not depend on the order of the sources or on the distribution of documents
 * over shards.
 */
export function buildSnapshot(
  segments: readonly PlacedSegment[],
  segmentation: Segmentation,
): { manifest: SnapshotManifest; table: Buffer } {
  const shards = new Map(segments.map(({ shard }) => [shard.name, shard]));
  const shardNames = [...shards.keys()].sort();
  const kinds = [...new Set(segments.map(({ kind }) => kind))].sort();
  const sources = [...new Set(segments.map(({ source }) => source))].sort();
  const numbers = {
    shard: new Map(shardNames.map((name, number) => [name, number])),
    kind: new Map(kinds.map((name, number) => [name, number])),
    source: new Map(sources.map((name, number) => [name, number])),
  };
  const rows = segments
    .map(({ shard, kind, source, digest, ...row }) => ({
      digest,
      ...row,
      shard: numbers.shard.get(shard.name) ?? 0,
      kind: numbers.kind.get(kind) ?? 0,
      source: numbers.source.get(source) ?? 0,
    }))
    .sort(compareRows);
  const table = encodeTable(rows);
  const manifest: SnapshotManifest = {
    schema: STORE_SCHEMA,
    id: merkleRoot(rows.map(({ digest, start, end, tokens }) => segmentLeaf(digest, start, end, tokens))),
    documents: new Set(rows.map(({ order }) => order)).size,
    segments: rows.length,
    tokens: rows.reduce((sum, { tokens }) => sum + tokens, 0),
    segmentation,
    sources,
    kinds,
    shards: shardNames.map((name) => {
      const shard = shards.get(name) as Shard;
      return { name, documents: shard.documents, bytes: shard.bytes, index: shard.indexDigest() };
    }),
    table: createHash("sha256").update(table).digest("hex"),
  };
  return { manifest, table };
}

/**
 * Segments of the latest snapshot, without those of some sources. Empty when there is no snapshot.
 *
 * @param without names of the sources
 * @throws SpiceError `CORPUS_FORMAT` (exit 3), `CORPUS_DAMAGED` (exit 5)
 */
export async function latestSegments(
  paths: StorePaths,
  without: ReadonlySet<string>,
): Promise<PlacedSegment[]> {
  const latest = await latestSnapshot(paths);
  if (latest === null) return [];
  const { manifest, table, shards } = await loadSnapshot(paths, latest);
  const kept: PlacedSegment[] = [];
  for (const row of table.rows()) {
    const source = manifest.sources[row.source];
    const kind = manifest.kinds[row.kind];
    const shard = shards[row.shard];
    if (source === undefined || kind === undefined || shard === undefined) {
      throw damagedCorpus("The segment table does not fit its snapshot.", paths.snapshots);
    }
    if (!without.has(source)) kept.push({ ...row, shard, kind, source, digest: shard.digest(row.document) });
  }
  return kept;
}

/** Writes a snapshot and makes it the latest. The file `latest` comes last. */
export async function publishSnapshot(
  paths: StorePaths,
  segments: readonly PlacedSegment[],
  segmentation: Segmentation,
): Promise<SnapshotManifest> {
  const { manifest, table } = buildSnapshot(segments, segmentation);
  await writeWhole(join(paths.snapshots, `${manifest.table}.segments`), table);
  await writeJson(join(paths.snapshots, `${manifest.id}.json`), manifest);
  await writeWhole(paths.latest, `${manifest.id}\n`);
  return manifest;
}
