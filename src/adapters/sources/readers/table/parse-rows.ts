import { Readable } from "node:stream";
import { type CsvError, parse } from "csv-parse";
import type { InputFile } from "../input-file.js";
import { asUtf8 } from "../wide-encoding.js";

/** Longest row, in characters: a quote that is never closed would take the rest of the file. */
const LONGEST_ROW = 16 << 20;

/** Rows with an open quote after which the reading goes on. Each of them reads the file again. */
const MOST_REPAIRS = 50;

/** A row of cells, or a row that cannot be read. `line` is the line where the row ends. */
export type ParsedRow =
  | {
      readonly kind: "cells";
      readonly cells: readonly string[];
      readonly line: number;
      /** Number of the row as a spreadsheet counts: empty lines count. */
      readonly number: number;
    }
  | { readonly kind: "failed"; readonly line: number; readonly detail: string };

/** A place in the file as UTF-8, and what stands before it. */
interface Place {
  readonly bytes: number;
  readonly lines: number;
  readonly rows: number;
}

/**
 * Parses the rows of a table. A cell may begin with a quote that is never closed. Its line is then
 * one failed row, and the next line is a row again.
 */
export async function* parseRows(file: InputFile, delimiter: string): AsyncGenerator<ParsedRow> {
  let from: Place | null = { bytes: 0, lines: 0, rows: 0 };
  for (let pass = 0; from !== null; pass += 1)
    from = yield* onePass(file, delimiter, from, pass < MOST_REPAIRS);
}

/** @returns the place behind a line with an open quote; null at the end of the file */
async function* onePass(
  file: InputFile,
  delimiter: string,
  from: Place,
  mayRepair: boolean,
): AsyncGenerator<ParsedRow, Place | null> {
  const failed: CsvError[] = [];
  const rows = Readable.from(chunksFrom(file, from.bytes)).pipe(
    parse({
      bom: true,
      delimiter,
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
        if (error !== undefined) failed.push(error);
      },
    }),
  );
  let failures = 0;
  let last = from;
  for await (const { record, info } of rows as AsyncIterable<CsvRow>) {
    // The parser reads ahead of this loop, so `failed` can have rows below this row. Only the
    // failed rows above this row are reported here.
    while (failed[0] !== undefined && lineOf(failed[0]) <= info.lines) {
      failures += 1;
      yield failedRow(failed.shift() as CsvError, from);
    }
    last = {
      bytes: from.bytes + info.bytes,
      lines: from.lines + info.lines,
      rows: from.rows + info.records + info.empty_lines + failures,
    };
    yield { kind: "cells", cells: record, line: last.lines, number: last.rows };
  }
  const open = mayRepair ? failed.find(({ code }) => code === "CSV_QUOTE_NOT_CLOSED") : undefined;
  for (const error of failed) if (error !== open) yield failedRow(error, from);
  if (open === undefined) return null;
  const skipped = await lineBehind(file, last);
  const detail = "The row cannot be read: a cell begins with a quote that is not closed.";
  yield { kind: "failed", line: skipped.lines, detail };
  return skipped;
}

interface CsvRow {
  readonly record: readonly string[];
  readonly info: {
    readonly lines: number;
    readonly records: number;
    readonly empty_lines: number;
    readonly bytes: number;
  };
}

function lineOf(error: CsvError): number {
  return "lines" in error ? Number(error.lines) : 0;
}

function failedRow(error: CsvError, from: Place): ParsedRow {
  const detail = `The row cannot be read: ${error.message}`;
  return { kind: "failed", line: from.lines + lineOf(error), detail };
}

/** The bytes of a file as UTF-8, without the first bytes. */
async function* chunksFrom(file: InputFile, skip: number): AsyncGenerator<Buffer> {
  let left = skip;
  for await (const chunk of asUtf8(file.chunks())) {
    if (left < chunk.length) yield chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}

/** The place behind the first line after `place` that has a sign. */
async function lineBehind(file: InputFile, place: Place): Promise<Place> {
  let { bytes, lines, rows } = place;
  let isEmpty = true;
  let before = 0;
  for await (const chunk of chunksFrom(file, place.bytes)) {
    for (const byte of chunk) {
      bytes += 1;
      const isBreak = byte === 10 || byte === 13;
      // The line feed of a CRLF ends no further line.
      if (isBreak && !(byte === 10 && before === 13)) {
        lines += 1;
        rows += 1;
        if (!isEmpty) return { bytes, lines, rows };
      }
      if (!isBreak) isEmpty = false;
      before = byte;
    }
  }
  return { bytes, lines: lines + 1, rows: rows + 1 };
}
