import { Readable } from "node:stream";
import { type CsvError, parse } from "csv-parse";
import { asUtf8 } from "./decode.js";
import type { Reader, Unread } from "./reader.js";
import { textOfRecord } from "./records.js";
import { UnreadableShare } from "./unreadable-share.js";

/** Longest row, in characters: a quote that is never closed would take the rest of the file. */
const LONGEST_ROW = 16 << 20;

/**
 * Reads `.csv` and `.tsv` files. The first row names the columns. Each other row is one text. The
 * separator is the sign of comma, semicolon and tab that is most frequent in the first row.
 *
 * @throws SpiceError `NOT_UTF8` (exit 2) when most rows are not UTF-8
 */
export const readCsv: Reader = async function* (file, options) {
  const share = new UnreadableShare(file.path);
  const failed: FailedRow[] = [];
  const chunks = asUtf8(file.chunks());
  const first = await chunks.next();
  if (first.done === true) return;
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
  for await (const { record, info } of rows as AsyncIterable<CsvRow>) {
    // The parser is ahead of this loop. A failed row comes before the rows below it.
    while (failed[0] !== undefined && failed[0].line <= info.lines)
      yield (failed.shift() as FailedRow).unread;
    if (columns === null) {
      columns = record.map((name) => name.trim());
      continue;
    }
    const place = `L${info.lines}`;
    const fields = Object.fromEntries(columns.map((name, column) => [name, record[column] ?? ""]));
    // The decoder writes U+FFFD for bytes that fit no character.
    const isUnreadable = record.some((cell) => cell.includes("\ufffd"));
    share.note(isUnreadable);
    if (isUnreadable) {
      const detail = "The row contains bytes that are not UTF-8, or the sign that replaces them.";
      yield { kind: "skip", reason: "not_utf8", fragment: place, detail };
    } else if (record.length > columns.length) {
      const detail = `The row has ${record.length} cells, the header ${columns.length}.`;
      yield { kind: "skip", reason: "malformed", fragment: place, detail };
    } else {
      yield textOfRecord(fields, place, options.textField);
    }
  }
  for (const { unread } of failed) yield unread;
  share.check();
};

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
