import { Readable } from "node:stream";
import { type CsvError, parse } from "csv-parse";
import { counted } from "../../../core/text/counted.js";
import { cardOf, factColumns, isAboutRow, isFactColumn } from "./card.js";
import { asUtf8, notText } from "./decode.js";
import { FIELDS } from "./fields.js";
import type { Reader, ReaderOptions, ReadText, Unread } from "./reader.js";
import { textOfRecord } from "./records.js";
import { UnreadableShare } from "./unreadable-share.js";

/** Longest row, in characters: a quote that is never closed would take the rest of the file. */
const LONGEST_ROW = 16 << 20;

/**
 * Reads `.csv` and `.tsv` files. The first row names the columns. Each other row is one text. The
 * separator of a `.tsv` file is the tab. The separator of a `.csv` file is a comma, a semicolon or
 * a tab: the most frequent of these signs in the first row.
 *
 * @throws SpiceError `NOT_UTF8` (exit 2) when most rows are not UTF-8
 */
export const readCsv: Reader = async function* (file, options) {
  const share = new UnreadableShare(file.path);
  const failed: FailedRow[] = [];
  const chunks = asUtf8(file.chunks());
  const first = await chunks.next();
  if (first.done === true) return;
  if (first.value.includes(0)) throw notText(file.path);
  const rows = Readable.from(joined(first.value, chunks)).pipe(
    parse({
      bom: true,
      delimiter: file.name.endsWith(".tsv") ? "\t" : separatorOf(first.value),
      info: true,
      max_record_size: LONGEST_ROW,
      relax_column_count: true,
      // A quote inside a cell is a sign like any other.
      relax_quotes: true,
      skip_empty_lines: true,
      skip_records_with_error: true,
      on_skip: (error) => {
        if (error !== undefined) failed.push(failedRow(error));
      },
    }),
  );
  let columns: readonly string[] | null = null;
  let isCard = false;
  for await (const { record, info } of rows as AsyncIterable<CsvRow>) {
    // The parser reads ahead of this loop, so `failed` can have rows below this row. Only the
    // failed rows above this row are reported here.
    while (failed[0] !== undefined && failed[0].line <= info.lines)
      yield (failed.shift() as FailedRow).unread;
    if (columns === null) {
      columns = record.map((name) => name.trim());
      options.named?.note(columns);
      share.note(columns.some(isGarbled));
      share.check();
      isCard = options.card === true || !hasText(columns, options);
      if (isCard && options.card !== true) {
        yield {
          kind: "note",
          text: `No column has the text, so each row is a card of lines. ${TEXT_COLUMNS}`,
        };
      }
      continue;
    }
    const place = `L${info.lines}`;
    const fields = Object.fromEntries(columns.map((name, column) => [name, record[column] ?? ""]));
    const isUnreadable = record.some(isGarbled);
    share.note(isUnreadable);
    if (isUnreadable) {
      const detail = "The row contains bytes that are not UTF-8, or the sign that replaces them.";
      yield { kind: "skip", reason: "not_utf8", fragment: place, detail };
    } else if (record.length > columns.length) {
      const detail = `The row has ${counted(record.length, "cell")}, the header ${columns.length}.`;
      yield { kind: "skip", reason: "malformed", fragment: place, detail };
    } else {
      yield isCard ? cardText(columns, fields, place, options) : rowText(fields, place, options);
    }
  }
  for (const { unread } of failed) yield unread;
  share.check();
};

const TEXT_COLUMNS = `Columns for a text: ${FIELDS.text.join(", ")}, or --text-field.`;

function hasText(columns: readonly string[], { textField }: ReaderOptions): boolean {
  return textField !== undefined || FIELDS.text.some((name) => columns.includes(name));
}

/** A row with a text, and the facts of its columns `fact:<name>`. */
function rowText(
  fields: Readonly<Record<string, string>>,
  place: string,
  options: ReaderOptions,
): ReadText | Unread {
  // A cell contains no list, so a column `facts` is not read. The facts stand in `fact:<name>`.
  const columns = Object.entries(fields).filter(([name]) => name !== "facts");
  const item = textOfRecord(
    Object.fromEntries(columns),
    place,
    options,
    Object.keys(fields).filter(isFactColumn),
  );
  if (item.kind === "skip") return item;
  const { subject } = item.metadata;
  const facts = factColumns(fields, subject ?? item.title);
  return { ...item, metadata: { ...item.metadata, facts } };
}

/** A row without a text column. Each column is a line of the card. */
function cardText(
  columns: readonly string[],
  fields: Readonly<Record<string, string>>,
  place: string,
  options: ReaderOptions,
): ReadText | Unread {
  const { text, subject, facts } = cardOf(columns, fields, options.subjectField);
  const about = columns.filter((name) => isAboutRow(name) || FIELDS.title.some((one) => one === name));
  const record = Object.fromEntries(about.map((name) => [name, fields[name]]));
  const item = textOfRecord({ ...record, [CARD]: text }, place, { textField: CARD });
  if (item.kind === "skip") return item;
  const title = item.title === "" ? subject : item.title;
  return { ...item, title, metadata: { ...item.metadata, kind: "facts", subject, facts } };
}

/** A name that no column has: it has a line feed. */
const CARD = "\ncard";

/** The decoder writes U+FFFD for bytes that fit no character. */
function isGarbled(cell: string): boolean {
  return cell.includes("\ufffd");
}

interface CsvRow {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

async function* joined(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}

function separatorOf(bytes: Buffer): string {
  const line = (bytes.toString("utf8").split("\n", 1)[0] ?? "").replace(/"[^"]*"/g, "");
  const times = (sign: string) => line.split(sign).length - 1;
  return ["\t", ";"].reduce((best, sign) => (times(sign) > times(best) ? sign : best), ",");
}

interface FailedRow {
  readonly line: number;
  readonly unread: Unread;
}

function failedRow({ message, ...error }: CsvError): FailedRow {
  const line = "lines" in error ? Number(error.lines) : 0;
  const detail = `The row cannot be read: ${message}`;
  return { line, unread: { kind: "skip", reason: "malformed", fragment: `L${line}`, detail } };
}
