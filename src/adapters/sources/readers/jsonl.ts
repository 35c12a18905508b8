import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { SpiceError } from "../../../app/errors.js";
import { errorCode } from "../../files/errors.js";
import { splitLines } from "../../files/lines.js";
import { decodeText } from "./decode.js";
import type { Reader, ReadText, Unread } from "./reader.js";

const TEXT_FIELDS = ["text", "content", "body", "raw_content", "markdown"];
const FIELDS = {
  id: ["id", "doc_id", "document_id"],
  title: ["title", "name"],
  url: ["url", "source_url", "uri"],
  licence: ["licence", "license"],
  language: ["language", "lang"],
};

/**
 * Reads `.jsonl` files, one text for each line. Lines that are not a JSON object, or that contain
 * no text, are skipped.
 */
export const readJsonl: Reader = (path, options) => records(createReadStream(path), path, options.textField);

/**
 * Reads `.jsonl.gz` files, also with several gzip members. @throws SpiceError `SOURCE_DAMAGED`
 * (exit 3)
 */
export const readGzippedJsonl: Reader = async function* (path, options) {
  const file = createReadStream(path);
  const unpacked = createGunzip();
  // An error of the file must also end the stream that it feeds.
  file.on("error", (error) => unpacked.destroy(error));
  try {
    yield* records(file.pipe(unpacked), path, options.textField);
  } catch (error) {
    if (errorCode(error)?.startsWith("Z_") !== true) throw error;
    throw new SpiceError("The gzip file is damaged or cut short.", {
      code: "SOURCE_DAMAGED",
      boundary: "corpus",
      where: path,
      hint: "Check it with `gzip -t`, and fetch it again.",
      exit: 3,
      cause: error,
    });
  } finally {
    file.destroy();
  }
};

async function* records(
  chunks: AsyncIterable<Buffer>,
  path: string,
  textField?: string,
): AsyncGenerator<ReadText | Unread> {
  let number = 0;
  for await (const { bytes } of splitLines(chunks)) {
    number += 1;
    const line = decodeText(bytes, `${path}:${number}`).trim();
    if (line !== "") yield toText(line, `L${number}`, textField);
  }
}

function toText(line: string, lineNumber: string, textField?: string): ReadText | Unread {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    const detail = `The line is not JSON: ${String(error)}`;
    return { kind: "skip", reason: "malformed", fragment: lineNumber, detail };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return {
      kind: "skip",
      reason: "malformed",
      fragment: lineNumber,
      detail: "The line is not a JSON object.",
    };
  }
  const record = value as Record<string, unknown>;
  const text = firstString(record, textField === undefined ? TEXT_FIELDS : [textField]);
  if (text === null) {
    const fields = Object.keys(record).slice(0, 8).join(", ");
    return {
      kind: "skip",
      reason: "no_text",
      fragment: lineNumber,
      detail: `No text field; the record has: ${fields}.`,
    };
  }
  return {
    kind: "text",
    text,
    title: firstString(record, FIELDS.title) ?? "",
    fragment: firstString(record, FIELDS.id) ?? lineNumber,
    url: firstString(record, FIELDS.url),
    licence: firstString(record, FIELDS.licence),
    language: firstString(record, FIELDS.language),
    ...(isOptedOut(record) && { optOut: true }),
  };
}

/**
 * Fields with which crawls and publishers mark that a text must not be mined or used for training.
 */
const OPT_OUT_FIELDS = ["opt_out", "optOut", "opted_out", "noai", "no_train", "tdm_reservation"];

function isOptedOut(record: Record<string, unknown>): boolean {
  return OPT_OUT_FIELDS.some((name) => record[name] === true || record[name] === 1 || record[name] === "1");
}

/**
 * The value of the first of these fields that contains a text or a number, as a text; null for
 * none.
 */
function firstString(record: Record<string, unknown>, names: readonly string[]): string | null {
  for (const name of names) {
    const value = record[name];
    if (typeof value === "string" && value.trim() !== "") return value;
    if (typeof value === "number") return String(value);
  }
  return null;
}
