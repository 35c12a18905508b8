import { SpiceError } from "../../../app/errors.js";
import { splitLines } from "../../files/lines.js";
import { decodeUtf8 } from "./decode.js";
import { fieldNames } from "./fields.js";
import type { InputFile } from "./input-file.js";
import type { Reader, ReaderOptions, ReadText, Unread } from "./reader.js";
import { isRecord, parseJson } from "./record-json.js";
import { textOfRecord } from "./records.js";
import { UnreadableShare } from "./unreadable-share.js";
import { asUtf8 } from "./wide-encoding.js";

/** Most bytes of a line. A longer line is skipped, so that memory is bounded. */
const LONGEST_LINE = 64 << 20;

/** Most characters of an array that is written in several lines. It is parsed at once. */
const LONGEST_ARRAY = 128 << 20;

/**
 * Reads `.jsonl` files, one text for each line. Lines that are not UTF-8, that are no JSON object,
 * or that contain no text, are skipped. A line can also end in a carriage return alone, or in a
 * comma. A file that is one JSON array is read as the records of the array.
 *
 * @throws SpiceError `NOT_UTF8` (exit 2) when most lines are not UTF-8
 */
export const readJsonl: Reader = async function* (file, options) {
  let array: ArrayLines | null = null;
  let isFirst = true;
  for await (const line of jsonLines(file)) {
    if (line.kind === "skip") {
      yield line;
      continue;
    }
    if (isFirst && line.text.startsWith("[") && !/\],?$/.test(line.text)) array = new ArrayLines();
    isFirst = false;
    if (array === null) yield* recordsOf(line, options);
    else if (!array.add(line)) {
      yield* array.records(options);
      array = null;
    }
  }
  if (array !== null) yield* array.records(options);
};

/** A line that is not empty, without white space around it. */
interface JsonLine {
  readonly kind: "line";
  readonly text: string;
  /** `L` and the number of the line. */
  readonly place: string;
}

async function* jsonLines(file: InputFile): AsyncGenerator<JsonLine | Unread> {
  const share = new UnreadableShare(file.path);
  let number = 0;
  for await (const { bytes, tooLong } of splitLines(asUtf8(file.chunks()), 0, LONGEST_LINE)) {
    const text = tooLong === true ? "" : decoded(bytes, `${file.path}:${number + 1}`);
    if (text !== "") share.note(text instanceof SpiceError);
    if (tooLong === true || text instanceof SpiceError) {
      number += 1;
      const [reason, detail] =
        text instanceof SpiceError
          ? (["not_utf8", text.message] as const)
          : (["too_large", `The line has more than ${LONGEST_LINE >> 20} MiB.`] as const);
      yield { kind: "skip", reason, fragment: `L${number}`, detail };
      continue;
    }
    // A string of JSON contains no carriage return, so a carriage return ends a line.
    for (const part of text.split("\r")) {
      number += 1;
      if (part.trim() !== "") yield { kind: "line", text: part.trim(), place: `L${number}` };
    }
  }
  share.check();
}

function decoded(bytes: Buffer, where: string): string | SpiceError {
  try {
    return decodeUtf8(bytes, where).trim();
  } catch (error) {
    if (error instanceof SpiceError) return error;
    throw error;
  }
}

/** The lines of a file that begins with an array in several lines. */
class ArrayLines {
  readonly #lines: JsonLine[] = [];
  #length = 0;

  /** Keeps a line. False when the lines are too long to be an array that is parsed at once. */
  add(line: JsonLine): boolean {
    this.#lines.push(line);
    this.#length += line.text.length;
    return this.#length <= LONGEST_ARRAY;
  }

  /** The records of the array; the records of the single lines when the lines are no array. */
  *records(options: ReaderOptions): Generator<ReadText | Unread> {
    const [first] = this.#lines;
    const whole =
      this.#length > LONGEST_ARRAY ? null : parseJson(this.#lines.map(({ text }) => text).join("\n"));
    const value = whole?.ok === true ? whole.value : null;
    if (first !== undefined && Array.isArray(value)) yield* recordsOfArray(value, first.place, options);
    else for (const line of this.#lines) yield* recordsOf(line, options);
  }
}

function* recordsOf({ text, place }: JsonLine, options: ReaderOptions): Generator<ReadText | Unread> {
  const whole = parseJson(text);
  // A line of an array that is written with one record a line ends in a comma.
  const parsed = whole.ok ? whole : parseJson(text.replace(/,$/, ""));
  if (!whole.ok && !parsed.ok) {
    const detail = `The line is not JSON: ${whole.detail}`;
    yield { kind: "skip", reason: "malformed", fragment: place, detail };
  } else if (parsed.ok) {
    const { value } = parsed;
    const isList = Array.isArray(value) && value.length > 0 && value.every(isRecord);
    yield* isList ? recordsOfArray(value, place, options) : [recordOf(value, place, options)];
  }
}

function* recordsOfArray(
  values: readonly unknown[],
  place: string,
  options: ReaderOptions,
): Generator<ReadText | Unread> {
  for (const [index, value] of values.entries()) yield recordOf(value, `${place}-${index + 1}`, options);
}

function recordOf(value: unknown, place: string, options: ReaderOptions): ReadText | Unread {
  if (!isRecord(value))
    return { kind: "skip", reason: "malformed", fragment: place, detail: "This is not a JSON object." };
  if (options.named?.isComplete === false) options.named.note(fieldNames(value));
  return textOfRecord(value, place, options);
}
