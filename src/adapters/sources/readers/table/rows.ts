import { counted } from "../../../../core/text/counted.js";
import { notText } from "../decode.js";
import type { InputFile } from "../input-file.js";
import type { Unread } from "../reader.js";
import { UnreadableShare } from "../unreadable-share.js";
import { asUtf8 } from "../wide-encoding.js";
import { parseRows } from "./parse-rows.js";

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
  const first = await firstChunk(file);
  if (first.length === 0) return;
  if (isBinary(first)) throw notText(file.path);
  let columns: readonly string[] | null = null;
  for await (const row of parseRows(file, file.name.endsWith(".tsv") ? "\t" : separatorOf(first))) {
    const place = `L${row.line}`;
    if (row.kind === "failed") {
      yield { kind: "skip", reason: "malformed", fragment: place, detail: row.detail };
      continue;
    }
    const { cells, number } = row;
    const filled = cells.findLastIndex((cell) => cell.trim() !== "") + 1;
    if (filled === 0) continue;
    const isUnreadable = cells.some(isGarbled);
    share.note(isUnreadable);
    if (columns === null) {
      share.check();
      columns = distinctNames(cells.slice(0, filled));
      yield { kind: "header", columns };
      continue;
    }
    if (isUnreadable) {
      const detail = "The row contains bytes that are not UTF-8, or the sign that replaces them.";
      yield { kind: "skip", reason: "not_utf8", fragment: place, detail };
    } else if (cells.some((cell) => cell.includes("\0"))) {
      const detail = "The row contains a zero byte.";
      yield { kind: "skip", reason: "malformed", fragment: place, detail };
    } else if (filled > columns.length) {
      // As a spreadsheet counts: the header is row 1, and empty lines count.
      const detail = `Row ${number} has ${counted(filled, "cell")}, the header ${columns.length}.`;
      yield { kind: "skip", reason: "malformed", fragment: place, detail };
    } else {
      yield { kind: "row", place, cells: columns.map((_, index) => cells[index] ?? "") };
    }
  }
  share.check();
}

/** The beginning of a file as UTF-8; empty for an empty file. */
async function firstChunk(file: InputFile): Promise<Buffer> {
  for await (const chunk of asUtf8(file.chunks())) if (chunk.length > 0) return chunk;
  return Buffer.alloc(0);
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
