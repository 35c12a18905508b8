import { SpiceError } from "../../../app/errors.js";

/**
 * Decodes the bytes of a file. A file with a byte order mark of UTF-16 is decoded as UTF-16. All
 * other files must be valid UTF-8. No other encoding is guessed, because a wrong guess would put
 * wrong words into the corpus.
 *
 * @param declared name of the encoding that the file itself states, for bytes that are not UTF-8
 * @throws SpiceError `NOT_UTF8` (exit 2)
 */
export function decodeText(bytes: Buffer, where: string, declared: string | null = null): string {
  const marked = markedEncoding(bytes);
  if (marked !== null) return new TextDecoder(marked).decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    const text = declared === null ? null : decodeAs(bytes, declared);
    if (text !== null) return text;
    throw new SpiceError(`The text is not UTF-8: byte ${firstBadByte(bytes)} fits no character.`, {
      code: "NOT_UTF8",
      boundary: "corpus",
      where,
      hint: "Convert it, for example with `iconv -f WINDOWS-1252 -t UTF-8`, and add it again.",
      exit: 2,
      cause: error,
    });
  }
}

/**
 * Decodes a whole file, with line feeds only.
 *
 * @param declared as of `decodeText`
 * @throws SpiceError `NOT_UTF8`, `SOURCE_BINARY` (exit 2)
 */
export function decodeFile(bytes: Buffer, where: string, declared: string | null = null): string {
  if (markedEncoding(bytes) === null && bytes.includes(0)) throw notText(where);
  return decodeText(bytes, where, declared).replace(/\r\n?/g, "\n");
}

/** The error for a file with zero bytes. */
export function notText(where: string): SpiceError {
  return new SpiceError("The file contains zero bytes, so it is not a text.", {
    code: "SOURCE_BINARY",
    boundary: "corpus",
    where,
    hint: "Convert it to a text: UTF-16 needs a byte order mark; PDF and office files need a converter.",
    exit: 2,
  });
}

/** The encoding of a byte order mark of UTF-16; null for other bytes. */
function markedEncoding(bytes: Uint8Array): "utf-16le" | "utf-16be" | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  return null;
}

/**
 * A byte stream as UTF-8: UTF-16 with a byte order mark is converted, all other bytes stay as they
 * are.
 */
export async function* asUtf8(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let decoder: InstanceType<typeof TextDecoder> | null | undefined;
  let before: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    let bytes = chunk;
    if (decoder === undefined) {
      bytes = before.length === 0 ? chunk : Buffer.concat([before, chunk]);
      if (bytes.length < 2) {
        before = bytes;
        continue;
      }
      const marked = markedEncoding(bytes);
      decoder = marked === null ? null : new TextDecoder(marked);
    }
    yield decoder === null ? bytes : Buffer.from(decoder.decode(bytes, { stream: true }));
  }
  if (decoder === undefined) yield before;
  else if (decoder !== null) yield Buffer.from(decoder.decode());
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
