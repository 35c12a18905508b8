import { join } from "node:path";
import type { SegmentLimits } from "../../core/corpus/segments.js";

/** Paths in a corpus store. docs/corpus.md describes the format. */
export interface StorePaths {
  readonly root: string;
  readonly info: string;
  readonly documents: string;
  readonly incoming: string;
  readonly snapshots: string;
  /** Lists of what was left out, one for each source. */
  readonly leftOut: string;
  readonly latest: string;
  readonly lock: string;
}

/** Paths in the corpus store at `root`. */
export function storePaths(root: string): StorePaths {
  return {
    root,
    info: join(root, "store.json"),
    documents: join(root, "documents"),
    incoming: join(root, "documents", "incoming.jsonl"),
    snapshots: join(root, "snapshots"),
    leftOut: join(root, "left-out"),
    latest: join(root, "latest"),
    lock: join(root, "store.lock"),
  };
}

/** Name of the format, in store.json and in all snapshots. */
export const STORE_SCHEMA = "spice.corpus/1";

/**
 * How all documents of a store are cut into segments. It is fixed when the store is created, so
 * that all segments are of one kind.
 */
export interface Segmentation extends SegmentLimits {
  /** SHA-256 of tokenizer.json, in hexadecimal digits. */
  readonly tokenizer: string;
  /** `SEGMENTER_VERSION` of core/corpus/segments. */
  readonly version: number;
}

/** Content of store.json. */
export interface StoreInfo {
  readonly schema: typeof STORE_SCHEMA;
  readonly segmentation: Segmentation;
}

/** A shard in the list of a snapshot. */
export interface ShardEntry {
  /** First 32 hexadecimal digits of the shard's SHA-256. The file is `documents/<name>.jsonl`. */
  readonly name: string;
  readonly documents: number;
  readonly bytes: number;
  /** SHA-256 of `documents/<name>.idx`, in hexadecimal digits. */
  readonly index: string;
}

/** Content of snapshots/<id>.json. */
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
  /**
   * SHA-256 of the segment table, in hexadecimal digits. The file is `snapshots/<table>.segments`.
   */
  readonly table: string;
}
