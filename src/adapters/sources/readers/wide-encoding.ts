import { StringDecoder } from "node:string_decoder";

/** An encoding of two bytes for most characters. */
export type WideEncoding = "utf-16le" | "utf-16be";

/** Bytes at the beginning of a file that show its encoding without a byte order mark. */
const LOOKED_AT = 4096;
/** Least share of the pairs of bytes with a zero in one place, and largest share in the other. */
const MOST = 0.7;
const FEW = 0.05;
/** Fewest bytes from which an encoding is concluded. */
const FEWEST = 8;

/**
 * UTF-16, by its byte order mark, or by zero bytes: in Latin letters, the second byte of nearly
 * every pair is zero, and the first is not, or the other way round. Null for all other bytes: UTF-8
 * has no zero bytes. UTF-32 is not read, because it has zeros in both places.
 *
 * @param bytes the beginning of a file, or all of it
 */
export function wideEncoding(bytes: Uint8Array): WideEncoding | null {
  const isLittle = bytes[0] === 0xff && bytes[1] === 0xfe;
  if (isLittle && bytes[2] === 0 && bytes[3] === 0 && bytes.length > 4) return null;
  if (isLittle) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  const length = Math.min(bytes.length, LOOKED_AT);
  const pairs = length >> 1;
  if (length < FEWEST) return null;
  let first = 0;
  let second = 0;
  for (let at = 0; at + 1 < length; at += 2) {
    if (bytes[at] === 0) first += 1;
    if (bytes[at + 1] === 0) second += 1;
  }
  if (second >= MOST * pairs && first <= FEW * pairs) return "utf-16le";
  if (first >= MOST * pairs && second <= FEW * pairs) return "utf-16be";
  return null;
}

/** A byte that is in no text of UTF-8. It stands for a unit of UTF-16 that fits no character. */
const NOT_UTF8 = Buffer.from([0xff]);

/**
 * A byte stream as UTF-8. UTF-16 is converted; all other bytes stay as they are. A unit of UTF-16
 * that fits no character becomes a byte that is not UTF-8, so that its record is found.
 */
export async function* asUtf8(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let converter: Converter | null | undefined;
  let before: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    let bytes = chunk;
    if (converter === undefined) {
      bytes = before.length === 0 ? chunk : Buffer.concat([before, chunk]);
      if (bytes.length < FEWEST) {
        before = bytes;
        continue;
      }
      converter = converterOf(bytes);
    }
    yield converter === null ? bytes : converter.convert(bytes);
  }
  if (converter === undefined) {
    converter = converterOf(before);
    yield converter === null ? before : converter.convert(before);
  }
  if (converter !== null) yield converter.end();
}

function converterOf(bytes: Buffer): Converter | null {
  const encoding = wideEncoding(bytes);
  return encoding === null ? null : new Converter(encoding);
}

/** Converts pieces of UTF-16 to UTF-8. A piece may end inside a character. */
class Converter {
  readonly #decoder = new StringDecoder("utf16le");
  /** A first byte whose second byte is in the next piece. */
  #half: Buffer = Buffer.alloc(0);

  constructor(private readonly encoding: WideEncoding) {}

  convert(piece: Buffer): Buffer {
    const bytes = Buffer.concat([this.#half, piece]);
    const whole = bytes.length & ~1;
    this.#half = bytes.subarray(whole);
    const units = bytes.subarray(0, whole);
    if (this.encoding === "utf-16be") units.swap16();
    return utf8(this.#decoder.write(units));
  }

  end(): Buffer {
    const rest = utf8(this.#decoder.end());
    return this.#half.length === 0 ? rest : Buffer.concat([rest, NOT_UTF8]);
  }
}

function utf8(text: string): Buffer {
  const parts = text.split(/\p{Cs}/u).flatMap((part) => [NOT_UTF8, Buffer.from(part)]);
  return Buffer.concat(parts.slice(1));
}
