import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { SpiceError } from "../../../app/errors.js";
import { errorCode } from "../../files/errors.js";
import { decodeFile } from "./decode.js";

/** Most bytes of a file that is read as a whole. JSONL and CSV are read piece by piece instead. */
const MOST_BYTES = 256 << 20;

/** A file for a reader. A name that ends in `.gz` is unpacked. */
export class InputFile {
  /** Lower case, without `.gz`. */
  readonly name: string;
  readonly #packed: boolean;

  constructor(readonly path: string) {
    const name = path.toLowerCase();
    this.#packed = name.endsWith(".gz");
    this.name = this.#packed ? name.slice(0, -".gz".length) : name;
  }

  /**
   * The bytes of the file, unpacked, in pieces.
   *
   * @throws SpiceError `SOURCE_DAMAGED` (exit 3)
   */
  async *chunks(): AsyncGenerator<Buffer> {
    const file = createReadStream(this.path);
    if (!this.#packed) {
      yield* file;
      return;
    }
    const unpacked = createGunzip();
    // An error of the file must also end the stream that it feeds.
    file.on("error", (error) => unpacked.destroy(error));
    try {
      yield* file.pipe(unpacked);
    } catch (error) {
      if (errorCode(error)?.startsWith("Z_") !== true) throw error;
      throw new SpiceError("The gzip file is damaged or cut short.", {
        code: "SOURCE_DAMAGED",
        boundary: "corpus",
        where: this.path,
        hint: "Check it with `gzip -t`, and fetch it again.",
        exit: 3,
        cause: error,
      });
    } finally {
      file.destroy();
    }
  }

  /**
   * The whole file.
   *
   * @param most most bytes; a larger file is refused
   * @throws SpiceError `SOURCE_TOO_LARGE` (exit 2), `SOURCE_DAMAGED` (exit 3)
   */
  async bytes(most = MOST_BYTES): Promise<Buffer> {
    const parts: Buffer[] = [];
    let length = 0;
    for await (const part of this.chunks()) {
      length += part.length;
      if (length > most) throw tooLarge(this.path, most);
      parts.push(part);
    }
    return Buffer.concat(parts);
  }

  /**
   * The whole file as a text, with line feeds only.
   *
   * @throws SpiceError `NOT_UTF8`, `SOURCE_BINARY`, `SOURCE_TOO_LARGE` (exit 2), `SOURCE_DAMAGED`
   * (exit 3)
   */
  async text(): Promise<string> {
    return decodeFile(await this.bytes(), this.path);
  }
}

function tooLarge(where: string, most: number): SpiceError {
  return new SpiceError(`The file has more than ${most >> 20} MiB.`, {
    code: "SOURCE_TOO_LARGE",
    boundary: "corpus",
    where,
    hint: "Divide the file, or give its documents as JSONL, which has no limit.",
    exit: 2,
  });
}
