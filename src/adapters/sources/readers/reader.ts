import type { SkipReason } from "../../../app/ports/corpus.js";

/** A text from a file. */
export interface ReadText {
  readonly kind: "text";
  readonly text: string;
  /** Empty when the file has no title. The name of the file is then used. */
  readonly title: string;
  /** Place in the file, unique in the file; empty when the file is one text. */
  readonly fragment: string;
  /** Metadata of the record; null when it is missing. */
  readonly url: string | null;
  readonly licence: string | null;
  readonly language: string | null;
  /** The record states that its owner does not allow training on it. */
  readonly optOut?: true;
}

/** A part of a file that gives no text. */
export interface Unread {
  readonly kind: "skip";
  readonly reason: SkipReason;
  /** Place in the file. */
  readonly fragment: string;
  readonly detail: string;
}

/** Options of a reader. */
export interface ReaderOptions {
  /**
   * JSONL field that contains the text. Default: the first of `text`, `content`, `body`,
   * `raw_content`, `markdown`.
   */
  readonly textField?: string;
}

/**
 * Reads files of one format. @throws SpiceError with boundary `corpus` when the whole file cannot
 * be read
 */
export type Reader = (path: string, options: ReaderOptions) => AsyncIterable<ReadText | Unread>;
