import { SpiceError } from "../../../app/errors.js";
import { splitLines } from "../../files/lines.js";
import { asUtf8, decodeText } from "./decode.js";
import type { Reader, ReaderOptions, ReadText, Unread } from "./reader.js";
import { textOfRecord } from "./records.js";
import { UnreadableShare } from "./unreadable-share.js";

/**
 * Reads `.jsonl` files, one text for each line. Lines that are not UTF-8, that are no JSON object,
 * or that contain no text, are skipped.
 *
 * @throws SpiceError `NOT_UTF8` (exit 2) when most lines are not UTF-8
 */
export const readJsonl: Reader = async function* (file, options) {
  const share = new UnreadableShare(file.path);
  let number = 0;
  for await (const { bytes } of splitLines(asUtf8(file.chunks()))) {
    number += 1;
    const line = decoded(bytes, `${file.path}:${number}`);
    share.note(line instanceof SpiceError);
    if (line instanceof SpiceError) {
      yield { kind: "skip", reason: "not_utf8", fragment: `L${number}`, detail: line.message };
    } else if (line !== "") {
      yield toText(line, `L${number}`, options);
    }
  }
  share.check();
};

function decoded(bytes: Buffer, where: string): string | SpiceError {
  try {
    return decodeText(bytes, where).trim();
  } catch (error) {
    if (error instanceof SpiceError) return error;
    throw error;
  }
}

function toText(line: string, place: string, options: ReaderOptions): ReadText | Unread {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    const detail = `The line is not JSON: ${String(error)}`;
    return { kind: "skip", reason: "malformed", fragment: place, detail };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const detail = "The line is not a JSON object.";
    return { kind: "skip", reason: "malformed", fragment: place, detail };
  }
  options.named?.note(Object.keys(value));
  return textOfRecord(value as Record<string, unknown>, place, options);
}
