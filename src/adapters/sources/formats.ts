import { basename, extname } from "node:path";
import { readCsv } from "./readers/csv.js";
import { readHtml } from "./readers/html/read-html.js";
import { readJsonl } from "./readers/jsonl.js";
import { readMarkdown } from "./readers/markdown.js";
import { readPlain } from "./readers/plain.js";
import type { Reader } from "./readers/reader.js";
import { readRst } from "./readers/rst/read-rst.js";

/** How files of one ending are read. */
export interface Format {
  readonly reader: Reader;
  /** True when each text of a file is independent, false when the texts belong together. */
  readonly isCollection: boolean;
}

const file = (reader: Reader): Format => ({ reader, isCollection: false });
const collection = (reader: Reader): Format => ({ reader, isCollection: true });

/**
 * Formats by the ending of the file name, without `.gz`. The first ending that fits decides, so
 * `.rst.txt` stands before `.txt`.
 */
const FORMATS: readonly (readonly [string, Format])[] = [
  [".jsonl", collection(readJsonl)],
  [".ndjson", collection(readJsonl)],
  [".csv", collection(readCsv)],
  [".tsv", collection(readCsv)],
  [".html", file(readHtml)],
  [".htm", file(readHtml)],
  [".xhtml", file(readHtml)],
  [".rst.txt", file(readRst)],
  [".rst", file(readRst)],
  [".md", file(readMarkdown)],
  [".markdown", file(readMarkdown)],
  [".txt", file(readPlain)],
];

/** Names of files that are read as plain text when their ending is none of `FORMATS`. */
const PLAIN_NAME =
  /^(?:readme|copying|copyright|licen[cs]e|news|changes|changelog|authors|todo|notice|faq)(?:[.-]|$)/;

/** Endings of the formats that can be read. Each can end in `.gz` too. */
export const ENDINGS: readonly string[] = FORMATS.map(([ending]) => ending);

/** The formats with their usual endings. */
const SHORT_LIST = ".txt, .md, .html, .rst, .jsonl, .csv and .tsv";

/**
 * The ending that decides how a file is read, for example `.md`. `plain text` when no ending
 * decides it: the file has no ending, or its name matches `PLAIN_NAME`. Null for a file that is
 * not read.
 *
 * @param name path in lower case, without `.gz`
 */
export function endingOf(name: string): string | null {
  const known = ENDINGS.find((ending) => name.endsWith(ending));
  return known ?? (formatOf(name) === null ? null : "plain text");
}

/** What to do with a file of an ending that nothing is known about. */
const OWN_READER = "A reader of your own can read other formats (docs/own-code.md).";

/** Formats that are not read, with what to do: endings of mail, and endings of office programs. */
const OTHERS: readonly (readonly [RegExp, string])[] = [
  [
    /\.(?:mbox|mbx|eml)$/,
    "A reader of your own can read mails: docs/your-documents.md (Mails) has such a reader.",
  ],
  [
    /\.(?:emlx|msg|pst)$/,
    "Export the mails as .eml or .mbox. A reader of your own can read these: docs/your-documents.md (Mails) has such a reader.",
  ],
  [/\.(?:pdf|docx?|odt|rtf|epub|pptx?|odp)$/, "Turn it into a text, Markdown or HTML file first."],
  [/\.(?:xlsx?|ods|parquet)$/, "Turn it into a CSV or JSONL file first."],
];

/**
 * What to do with a file that is not read.
 *
 * @param name path in lower case, without `.gz`
 */
export function adviceFor(name: string): string {
  return OTHERS.find(([ending]) => ending.test(name))?.[1] ?? OWN_READER;
}

/**
 * Why a file of a folder is not read, and what to do.
 *
 * @param name path in lower case, without `.gz`
 */
export function whyUnread(name: string): string {
  return `Files that end in ${extname(name)} are not read; ${SHORT_LIST} are. ${adviceFor(name)}`;
}

/**
 * The format of a file by its name; null when the file cannot be read. A file without an ending is
 * read as plain text.
 *
 * @param name path in lower case, without `.gz`
 * @param others formats of the user's readers, which come first
 */
export function formatOf(name: string, others: typeof FORMATS = []): Format | null {
  const known = [...others, ...FORMATS].find(([ending]) => name.endsWith(ending))?.[1];
  if (known !== undefined) return known;
  const base = basename(name);
  return !base.includes(".") || PLAIN_NAME.test(base) ? file(readPlain) : null;
}
