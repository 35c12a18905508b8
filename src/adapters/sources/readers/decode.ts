import { SpiceError } from "../../../app/errors.js";

/**
 * Decodes the bytes of a file. A file with a byte order mark of UTF-16 is decoded as UTF-16. All
 * other files must be valid UTF-8. No other encoding is guessed, because a wrong guess would put
 * wrong words into the corpus.
 *
 * @throws SpiceError `NOT_UTF8` (exit 2)
 */
export function decodeText(bytes: Buffer, where: string): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    const before = bytes.toString("utf8").split("\ufffd")[0] ?? "";
    throw new SpiceError(`The text is not UTF-8: byte ${Buffer.byteLength(before) + 1} fits no character.`, {
      code: "NOT_UTF8",
      boundary: "corpus",
      where,
      hint: "Convert it, for example with `iconv -f WINDOWS-1252 -t UTF-8`, and add it again.",
      exit: 2,
      cause: error,
    });
  }
}
