import { createReadStream } from "node:fs";

/** A line and where it stands, in bytes. `end` is behind its line feed. */
export interface FileLine {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  /** False for a last line without line feed: it was torn, or never finished. */
  readonly complete: boolean;
}

const LINE_FEED = 10;

/** Lines of a file between two byte offsets. */
export async function* readLines(
  path: string,
  from = 0,
  to = Number.POSITIVE_INFINITY,
): AsyncGenerator<FileLine> {
  if (to > from) yield* splitLines(createReadStream(path, { start: from, end: to - 1 }), from);
}

/**
 * Lines of a byte stream, in constant memory (the longest line). The line feed is not part of `bytes`.
 *
 * @param from offset of the stream's first byte
 */
export async function* splitLines(chunks: AsyncIterable<Buffer>, from = 0): AsyncGenerator<FileLine> {
  let pending: Buffer[] = [];
  let start = from;
  let at = from;
  for await (const chunk of chunks) {
    let begin = 0;
    for (let feed = chunk.indexOf(LINE_FEED); feed >= 0; feed = chunk.indexOf(LINE_FEED, begin)) {
      const tail = chunk.subarray(begin, feed);
      const bytes = pending.length === 0 ? tail : Buffer.concat([...pending, tail]);
      const end = at + feed + 1;
      yield { bytes, start, end, complete: true };
      pending = [];
      start = end;
      begin = feed + 1;
    }
    if (begin < chunk.length) pending.push(chunk.subarray(begin));
    at += chunk.length;
  }
  if (pending.length > 0) yield { bytes: Buffer.concat(pending), start, end: at, complete: false };
}
