import { Readable } from "node:stream";
import { type CsvError, parse } from "csv-parse";
import { counted } from "../../../../core/text/counted.js";
import { notText } from "../decode.js";
import type { InputFile } from "../input-file.js";
import type { Unread } from "../reader.js";
import { UnreadableShare } from "../unreadable-share.js";
import { asUtf8 } from "../wide-encoding.js";

/** Longest row, in characters: a quote that is never closed would take the rest of the file. */
const LONGEST_ROW = 16 << 20;

/** The names of the columns of a table, from its first row. */
export interface Header {
  readonly kind: "header";
  /** Each name occurs once. A column without a name has an empty name. */
  readonly columns: readonly string[];
}

/** A row below the header. */
export interface Row {
  readonly kind: "row";
  /** Place in the file: `L` and the number of the line where the row ends. */
  readonly place: string;
  /** As many cells as the header has columns. */
  readonly cells: readonly string[];
}

/**
 * The rows of a `.csv` or `.tsv` file. The first row that has a filled cell is the header. Rows
 * without a filled cell are passed over. Empty cells at the end of a row do not count. A row with
 * more filled cells than the header is left out. A row with fewer cells gets empty cells.
 *
 * @throws SpiceError `NOT_UTF8` (exit 2) when most rows are not UTF-8
 */
export async function* tableRows(file: InputFile): AsyncGenerator<Header | Row | Unread> {
  const share = new UnreadableShare(file.path);
  const failed: FailedRow[] = [];
  const chunks = asUtf8(file.chunks());
  const first = await chunks.next();
  if (first.done === true) return;
  if (isBinary(first.value)) throw notText(file.path);
  const rows = Readable.from(joined(first.value, chunks)).pipe(
    parse({
      bom: true,
      delimiter: file.name.endsWith(".tsv") ? "\t" : separatorOf(first.value),
      info: true,
      max_record_size: LONGEST_ROW,
      // Programs mix the ends of lines in one file.
      record_delimiter: ["\r\n", "\n", "\r"],
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
  let failures = 0;
  for await (const { record, info } of rows as AsyncIterable<CsvRow>) {
    // The parser reads ahead of this loop, so `failed` can have rows below this row. Only the
    // failed rows above this row are reported here.
    while (failed[0] !== undefined && failed[0].line <= info.lines) {
      failures += 1;
      yield (failed.shift() as FailedRow).unread;
    }
    const filled = record.findLastIndex((cell) => cell.trim() !== "") + 1;
    if (filled === 0) continue;
    const isUnreadable = record.some(isGarbled);
    share.note(isUnreadable);
    if (columns === null) {
      share.check();
      columns = distinctNames(record.slice(0, filled));
      yield { kind: "header", columns };
      continue;
    }
    const place = `L${info.lines}`;
    if (isUnreadable) {
      const detail = "The row contains bytes that are not UTF-8, or the sign that replaces them.";
      yield { kind: "skip", reason: "not_utf8", fragment: place, detail };
    } else if (record.some((cell) => cell.includes("\0"))) {
      const detail = "The row contains a zero byte.";
      yield { kind: "skip", reason: "malformed", fragment: place, detail };
    } else if (filled > columns.length) {
      // As a spreadsheet counts: the header is row 1, and empty lines count.
      const number = info.records + info.empty_lines + failures;
      const detail = `Row ${number} has ${counted(filled, "cell")}, the header ${columns.length}.`;
      yield { kind: "skip", reason: "malformed", fragment: place, detail };
    } else {
      yield { kind: "row", place, cells: columns.map((_, index) => record[index] ?? "") };
    }
  }
  for (const { unread } of failed) yield unread;
  share.check();
}

/**
 * True when the first row has a zero byte, or more than one byte of ten is zero. A single zero
 * byte makes its row unreadable, and not the file.
 */
function isBinary(bytes: Buffer): boolean {
  const zero = bytes.indexOf(0);
  if (zero < 0) return false;
  const firstRow = bytes.indexOf(10);
  return firstRow < 0 || zero < firstRow || bytes.filter((byte) => byte === 0).length > bytes.length / 10;
}

/** The decoder writes U+FFFD for bytes that fit no character. */
function isGarbled(cell: string): boolean {
  return cell.includes("\ufffd");
}

/** Two columns with the same name become `name` and `name 2`. */
function distinctNames(cells: readonly string[]): readonly string[] {
  const taken = new Set(cells.map((cell) => cell.trim()));
  const seen = new Set<string>();
  return cells.map((cell) => {
    const name = cell.trim();
    if (name === "" || !seen.has(name)) {
      seen.add(name);
      return name;
    }
    let number = 2;
    while (taken.has(`${name} ${number}`)) number += 1;
    taken.add(`${name} ${number}`);
    return `${name} ${number}`;
  });
}

interface CsvRow {
  readonly record: readonly string[];
  readonly info: { readonly lines: number; readonly records: number; readonly empty_lines: number };
}

async function* joined(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* rest;
}

/** The separator that occurs most often in the first line that is not empty. */
function separatorOf(bytes: Buffer): string {
  const lines = bytes
    .toString("utf8")
    .replace(/^[\ufeff\r\n]+/, "")
    .split(/[\r\n]/, 1);
  const line = (lines[0] ?? "").replace(/"[^"]*"/g, "");
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
