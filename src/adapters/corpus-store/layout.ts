import { join } from "node:path";
import type { SegmentLimits } from "../../core/corpus/segments.js";

/** Where everything in a corpus store is. The format is described in docs/corpus.md. */
export interface StorePaths {
  readonly root: string;
  readonly info: string;
  readonly documents: string;
  readonly incoming: string;
  readonly snapshots: string;
  readonly latest: string;
  readonly lock: string;
}

export function storePaths(root: string): StorePaths {
  return {
    root,
    info: join(root, "store.json"),
    documents: join(root, "documents"),
    incoming: join(root, "documents", "incoming.jsonl"),
    snapshots: join(root, "snapshots"),
    latest: join(root, "latest"),
    lock: join(root, "store.lock"),
  };
}

export const STORE_SCHEMA = "spice.corpus/1";

/** How all documents of a store are cut; fixed when the store is made, since segments of two kinds do not mix. */
export interface Segmentation extends SegmentLimits {
  /** SHA-256 of tokenizer.json, hex. */
  readonly tokenizer: string;
  /** `SEGMENTER_VERSION` of core/corpus/segments. */
  readonly version: number;
}

/** store.json. */
export interface StoreInfo {
  readonly schema: typeof STORE_SCHEMA;
  readonly segmentation: Segmentation;
}

/** A shard as a snapshot refers to it. */
export interface ShardEntry {
  /** First 32 hex digits of the shard's SHA-256; the file is `documents/<name>.jsonl`. */
  readonly name: string;
  readonly documents: number;
  readonly bytes: number;
  /** SHA-256 of `documents/<name>.idx`, hex. */
  readonly index: string;
}

/** snapshots/<id>.json. */
export interface SnapshotManifest {
  readonly schema: typeof STORE_SCHEMA;
  readonly id: string;
  readonly documents: number;
  readonly segments: number;
  readonly tokens: number;
  readonly segmentation: Segmentation;
  readonly sources: readonly string[];
  readonly kinds: readonly string[];
  readonly shards: readonly ShardEntry[];
  /** SHA-256 of the segment table, hex; the file is `snapshots/<table>.segments`. */
  readonly table: string;
}
