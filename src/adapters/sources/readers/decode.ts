import { SpiceError } from "../../../app/errors.js";
import { wideEncoding } from "./wide-encoding.js";

/**
 * Decodes the bytes of a file. UTF-16 is decoded when a byte order mark or the zero bytes show it
 * (`wideEncoding`). All other files must be valid UTF-8. No other encoding is guessed, because a
 * wrong guess would put wrong words into the corpus.
 *
 * @param declared name of the encoding that the file itself states, for bytes that are not UTF-8
 * @throws SpiceError `NOT_UTF8` (exit 2)
 */
export function decodeText(bytes: Buffer, where: string, declared: string | null = null): string {
  const wide = wideEncoding(bytes);
  if (wide === null) return decodeUtf8(bytes, where, declared);
  try {
    return new TextDecoder(wide, { fatal: true }).decode(bytes);
  } catch (error) {
    throw notReadable("The text is UTF-16 with a unit that fits no character.", where, error);
  }
}

/**
 * Decodes bytes as UTF-8, without a byte order mark.
 *
 * @param declared as of `decodeText`
 * @throws SpiceError `NOT_UTF8` (exit 2)
 */
export function decodeUtf8(bytes: Buffer, where: string, declared: string | null = null): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    const text = declared === null ? null : decodeAs(bytes, declared);
    if (text !== null) return text;
    const what = `The text is not UTF-8: byte ${firstBadByte(bytes)} fits no character.`;
    throw notReadable(what, where, error);
  }
}

function notReadable(what: string, where: string, cause: unknown): SpiceError {
  return new SpiceError(what, {
    code: "NOT_UTF8",
    boundary: "corpus",
    where,
    hint: "Convert it, for example with `iconv -f WINDOWS-1252 -t UTF-8`, and add it again.",
    exit: 2,
    cause,
  });
}

/**
 * Decodes a whole file, with line feeds only.
 *
 * @param declared as of `decodeText`
 * @throws SpiceError `NOT_UTF8`, `SOURCE_BINARY` (exit 2)
 */
export function decodeFile(bytes: Buffer, where: string, declared: string | null = null): string {
  if (wideEncoding(bytes) === null && bytes.includes(0)) throw notText(where);
  return decodeText(bytes, where, declared).replace(/\r\n?/g, "\n");
}

/** The error for a file with zero bytes. */
export function notText(where: string): SpiceError {
  return new SpiceError("The file contains zero bytes, so it is not a text.", {
    code: "SOURCE_BINARY",
    boundary: "corpus",
    where,
    hint: "Convert it to a text: UTF-16 may need a byte order mark, and UTF-32 is not read; PDF and office files need a converter.",
    exit: 2,
  });
}

/** The bytes in an encoding; null when the encoding is unknown or the bytes do not fit it. */
function decodeAs(bytes: Buffer, encoding: string): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function firstBadByte(bytes: Buffer): number {
  const before = bytes.toString("utf8").split("\ufffd", 1)[0] ?? "";
  return Buffer.byteLength(before) + 1;
}
