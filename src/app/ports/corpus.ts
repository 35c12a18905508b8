import type { SegmentBounds } from "../../core/corpus/segments.js";
import type { Document, Segment, SnapshotInfo, Split } from "../../core/records/document.js";

/** A document as its source gives it. Ingestion normalizes the text and computes the id. */
export type DraftDocument = Omit<Document, "id">;

/** All values of `SkipReason`. */
export const SKIP_REASONS = [
  "no_text",
  "too_short",
  "duplicate",
  "malformed",
  "unsupported",
  "mail",
  "not_utf8",
  "binary",
  "damaged",
  "too_large",
  "unreadable",
  "link",
  "comment",
  "long_word",
  "other_language",
  "reader_failed",
  "skipped_by_own_code",
] as const;

/** Why a part of a source did not become a document, or lost a part of its text. */
export type SkipReason = (typeof SKIP_REASONS)[number];

/** A part of a source that was left out, and why. */
export interface LeftOut {
  readonly reason: SkipReason;
  /** Address of the file, the section or the record. */
  readonly where: string;
  /** A sentence for people. */
  readonly detail: string;
}

/** One document of a source, one part that was left out, or something that the user should know. */
export type SourceItem =
  | { readonly kind: "document"; readonly document: DraftDocument }
  | ({ readonly kind: "skip" } & LeftOut)
  /** Fields of a record that have no meaning, so that they are lost. */
  | { readonly kind: "unknown_fields"; readonly where: string; readonly fields: readonly string[] }
  /** A sentence about a file. */
  | { readonly kind: "note"; readonly where: string; readonly text: string };

/** A place that documents are read from. All failures are `SpiceError` with boundary `corpus`. */
export interface Source {
  /**
   * Stable name. Adding a source with the same name again replaces the documents that the source
   * gave before.
   */
  readonly uri: string;
  /** Other names that a store can have for this source. Their documents are replaced, too. */
  readonly formerUris?: readonly string[];
  /** All items of the source, always in the same order. */
  read(signal?: AbortSignal): AsyncIterable<SourceItem>;
}

/** Counts tokens with one tokenizer. */
export interface TokenCounter {
  /** SHA-256 of tokenizer.json, hex. */
  readonly fingerprint: string;
  /** Number of tokens of a text, without special tokens. */
  count(text: string): number;
}

/**
 * Write side of a corpus store, for one source. Only one writer may be open. Opening a second
 * writer is refused.
 */
export interface CorpusWriter extends AsyncDisposable {
  /** Segments of a document that the store holds already; null for a new document. */
  known(document: Document): Promise<readonly SegmentBounds[] | null>;
  /** Adds a document. A known document is only noted as part of this source. */
  add(document: Document, segments: readonly SegmentBounds[]): Promise<void>;
  /** Adds to the list of what is left out of this source. */
  leaveOut(item: LeftOut): Promise<void>;
  /**
   * Publishes a snapshot: the documents of all earlier sources, and the documents added here. The
   * list of what is left out of this source is published with it, in place of an earlier list.
   */
  commit(): Promise<SnapshotInfo>;
  /** Publishes the list of what is left out, without a snapshot. */
  keepLeftOut(): Promise<void>;
}

/** Read side of one immutable snapshot. */
export interface Corpus {
  readonly info: SnapshotInfo;
  /** Number of segments in a split. */
  size(split: Split): number;
  /** The segment at `index` of a split, in snapshot order, from 0. */
  segment(split: Split, index: number): Promise<Segment>;
  /** Finds a segment by its id, or the first segment of a document by the document's id. */
  find(id: string): Promise<Segment | null>;
}
