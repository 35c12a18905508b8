import { stat } from "node:fs/promises";
import type { ReviewRecord } from "../../core/truth/review.js";
import { appendFlushed, truncateFlushed } from "../files/durable.js";
import { errorCode } from "../files/errors.js";
import { readLines } from "../files/lines.js";

/**
 * Largest number of records of one step, and size in bytes at which the file accepts no more
 * records.
 */
const MAX_RECORDS_PER_STEP = 100;
const MAX_BYTES = 16 << 20;

/**
 * Appends the records of a step to review.jsonl. An incomplete last line is removed first. Lines of
 * this step and of later steps are removed too: they were written before a crash or a rewind, and
 * the step is played again.
 */
export async function appendReview(
  path: string,
  step: number,
  records: readonly ReviewRecord[],
): Promise<void> {
  const sound = await bytesBefore(path, step);
  if (sound.bytes < sound.size) await truncateFlushed(path, sound.bytes);
  if (records.length === 0 || sound.bytes >= MAX_BYTES) return;
  await appendFlushed(
    path,
    records.slice(0, MAX_RECORDS_PER_STEP).map((record) => `${JSON.stringify(record)}\n`),
  );
}

async function bytesBefore(path: string, step: number): Promise<{ bytes: number; size: number }> {
  let bytes = 0;
  const size = await stat(path).then(
    (found) => found.size,
    (error: unknown) => {
      if (errorCode(error) === "ENOENT") return 0;
      throw error;
    },
  );
  if (size === 0) return { bytes, size };
  for await (const line of readLines(path)) {
    if (!line.complete || stepOf(line.bytes) >= step) break;
    bytes = line.end;
  }
  return { bytes, size };
}

function stepOf(line: Buffer): number {
  try {
    return (JSON.parse(line.toString("utf8")) as ReviewRecord).step;
  } catch {
    // Another program wrote this line. It stays in the file.
    return Number.NEGATIVE_INFINITY;
  }
}
