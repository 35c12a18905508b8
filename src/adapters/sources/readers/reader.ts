import type { SkipReason } from "../../../app/ports/corpus.js";

/** One text out of a file. */
export interface ReadText {
  readonly kind: "text";
  readonly text: string;
  /** Empty when the file does not say; the file's name is then used. */
  readonly title: string;
  /** Place in the file, unique in it; empty when the file is one text. */
  readonly fragment: string;
  /** What the record says about itself; null where it says nothing. */
  readonly url: string | null;
  readonly licence: string | null;
  readonly language: string | null;
  /** The record says that its owner does not want it trained on. */
  readonly optOut?: true;
}

/** Something in a file that is no text. */
export interface Unread {
  readonly kind: "skip";
  readonly reason: SkipReason;
  /** Place in the file. */
  readonly fragment: string;
  readonly detail: string;
}

export interface ReaderOptions {
  /** JSONL field that holds the text. Default: the first of `text`, `content`, `body`, `raw_content`, `markdown`. */
  readonly textField?: string;
}

/** Reads one file format. @throws SpiceError with boundary `corpus` when the file as a whole cannot be read */
export type Reader = (path: string, options: ReaderOptions) => AsyncIterable<ReadText | Unread>;
