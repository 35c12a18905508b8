import type { SegmentBounds } from "../../core/corpus/segments.js";
import type { Document, Segment, SnapshotInfo, Split } from "../../core/records/document.js";

/** A document as its source gives it; ingestion normalises the text and gives it its id. */
export type DraftDocument = Omit<Document, "id">;

/** Why something a source held did not become a document. */
export type SkipReason = "no_text" | "too_short" | "duplicate" | "malformed" | "unsupported";

export type SourceItem =
  | { readonly kind: "document"; readonly document: DraftDocument }
  | { readonly kind: "skip"; readonly reason: SkipReason; readonly where: string; readonly detail: string };

/** Something documents are read from. Rejections are `SpiceError` with boundary `corpus`. */
export interface Source {
  /** Stable name; adding a source again replaces what it contributed before. */
  readonly uri: string;
  /** Everything it holds, always in the same order. */
  read(signal?: AbortSignal): AsyncIterable<SourceItem>;
}

/** Length of texts under one tokenizer. */
export interface TokenCounter {
  /** SHA-256 of tokenizer.json, hex. */
  readonly fingerprint: string;
  /** Tokens of a text, special tokens excluded. */
  count(text: string): number;
}

/**
 * Write side of a corpus store, for one source. Only one writer exists at a time; a second is
 * refused at open.
 */
export interface CorpusWriter extends AsyncDisposable {
  /**
   * How the store holds this document's segments when an earlier, perhaps interrupted, ingestion
   * wrote it; null when new.
   */
  known(document: Document): Promise<readonly SegmentBounds[] | null>;
  /** Append a document, or note that a known one belongs to this source. */
  add(document: Document, segments: readonly SegmentBounds[]): Promise<void>;
  /** Publish a snapshot: what other sources contributed before, and everything added here. */
  commit(): Promise<SnapshotInfo>;
}

/** Read side of one immutable snapshot. */
export interface Corpus {
  readonly info: SnapshotInfo;
  /** Number of segments in a split. */
  size(split: Split): number;
  /** The n-th segment of a split, in snapshot order. */
  segment(split: Split, index: number): Promise<Segment>;
  /** By segment id or document id (its first segment); null when there is none. */
  find(id: string): Promise<Segment | null>;
}
