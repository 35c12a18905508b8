import type { SkipReason } from "../../../app/ports/corpus.js";
import type { Fact } from "../../../core/records/document.js";
import type { InputFile } from "./input-file.js";
import type { NamedFields } from "./named-fields.js";

/**
 * What a file says about its text, or about one of its texts. A field is null when the file says
 * nothing about it; `facts` is then empty.
 */
export interface Metadata {
  /** Address where the text was published. */
  readonly url: string | null;
  readonly licence: string | null;
  /** Language tag, for example `en`. */
  readonly language: string | null;
  /** Kind of document. By default `facts` for a text with facts, else `prose`. */
  readonly kind: string | null;
  /** Name of the subject of the text. */
  readonly subject: string | null;
  readonly facts: readonly Fact[];
  /** The owner does not allow training on the text. */
  readonly optOut?: true;
}

/** The metadata of a text that says nothing about itself. */
export const NO_METADATA: Metadata = {
  url: null,
  licence: null,
  language: null,
  kind: null,
  subject: null,
  facts: [],
};

/** A text from a file. */
export interface ReadText {
  readonly kind: "text";
  readonly text: string;
  /** Empty when the file has no title. The name of the file is then used. */
  readonly title: string;
  /** Place in the file, unique in the file; empty when the file is one text. */
  readonly fragment: string;
  /** Name of the text among several texts of one record. They are in the same split. */
  readonly part?: string;
  readonly metadata: Metadata;
  /**
   * Texts with the same key are in the same split. Default: in a format of records (JSONL, CSV),
   * each text has a key of its own; in every other format, all texts of a file have one key.
   */
  readonly splitKey?: string;
  /** Names of the fields that the reader does not use. `spice corpus add` prints them. */
  readonly unknown?: readonly string[];
}

/** Something that the user should know about a file. It is said once. */
export interface Note {
  readonly kind: "note";
  readonly text: string;
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
   * Field of JSONL or column of CSV that contains the text. Default: the first of `text`,
   * `content`, `body`, `raw_content`, `markdown`.
   */
  readonly textField?: string;
  /**
   * Field of JSONL or column of CSV that names the subject. Default: `subject`; in a table without
   * a text, a column of names (`planColumns`).
   */
  readonly subjectField?: string;
  /**
   * True: each row of CSV becomes a card, which is a text of lines `Column: value`. The card has a
   * line for every column. Default: a row becomes a card when no column has the text. The card then
   * has a line for each column of short values. A column of long values becomes a text of its own.
   */
  readonly card?: boolean;
  /**
   * Collects the names of fields. A reader of records passes the names of the fields of each
   * record, or of the columns of each table, to `named.note`. At the end, the source is refused in
   * two cases: `textField` is set and no record has a field of this name; `subjectField` is set and
   * no record has a field of this name.
   */
  readonly named?: NamedFields;
}

/**
 * Reads files of one format. @throws SpiceError with boundary `corpus` when the whole file cannot
 * be read
 */
export type Reader = (file: InputFile, options: ReaderOptions) => AsyncIterable<ReadText | Unread | Note>;
