import { createReadStream } from "node:fs";

/** A line and its position in bytes. `end` is the position after the line feed. */
export interface FileLine {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  /** False for a last line without line feed. Such a line is incomplete. */
  readonly complete: boolean;
  /**
   * True for a line that is longer than the caller reads. `bytes` is empty then. Default: false.
   */
  readonly tooLong?: true;
}

const LINE_FEED = 10;

/** Reads the lines of a file between two byte offsets. `to` is not included. */
export async function* readLines(
  path: string,
  from = 0,
  to = Number.POSITIVE_INFINITY,
): AsyncGenerator<FileLine> {
  if (to > from) yield* splitLines(createReadStream(path, { start: from, end: to - 1 }), from);
}

/**
 * Splits a byte stream into lines. Memory is bounded by the longest line that is kept. The line
 * feed is not part of `bytes`.
 *
 * @param from offset of the first byte of the stream
 * @param longest most bytes of a line; the bytes of a longer line are passed over. Default: no
 * limit
 */
export async function* splitLines(
  chunks: AsyncIterable<Buffer>,
  from = 0,
  longest = Number.POSITIVE_INFINITY,
): AsyncGenerator<FileLine> {
  let pending: Buffer[] = [];
  let start = from;
  let at = from;
  for await (const chunk of chunks) {
    let begin = 0;
    for (let feed = chunk.indexOf(LINE_FEED); feed >= 0; feed = chunk.indexOf(LINE_FEED, begin)) {
      const tail = chunk.subarray(begin, feed);
      const end = at + feed + 1;
      if (end - 1 - start > longest) {
        yield { bytes: Buffer.alloc(0), start, end, complete: true, tooLong: true };
      } else {
        const bytes = pending.length === 0 ? tail : Buffer.concat([...pending, tail]);
        yield { bytes, start, end, complete: true };
      }
      pending = [];
      start = end;
      begin = feed + 1;
    }
    if (begin < chunk.length) pending.push(chunk.subarray(begin));
    at += chunk.length;
    if (at - start > longest) pending = [];
  }
  if (at - start > longest) yield { bytes: Buffer.alloc(0), start, end: at, complete: false, tooLong: true };
  else if (pending.length > 0) yield { bytes: Buffer.concat(pending), start, end: at, complete: false };
}
