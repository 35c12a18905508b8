import { createHash } from "node:crypto";
import { SpiceError } from "../../app/errors.js";
import { readLines } from "../files/lines.js";

/**
 * One line of audit.jsonl. `hash` is the SHA-256 of the record without it, as JSON with the keys in this order; `prev` is the
 * hash of the record before. Changing, removing or inserting a line breaks every hash after it.
 */
export interface AuditRecord {
  /** 1 for the first record. */
  readonly seq: number;
  /** UTC, ISO 8601. */
  readonly time: string;
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly prev: string;
  readonly hash: string;
}

/** `prev` of the first record. */
export const GENESIS = "0".repeat(64);

/** Where a chain ends: what the next record must follow. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

export const EMPTY_CHAIN: ChainHead = { seq: 0, hash: GENESIS };

/** The next record of a chain. */
export function nextRecord(
  head: ChainHead,
  time: string,
  event: string,
  data: Readonly<Record<string, unknown>>,
): AuditRecord {
  // The hash must cover what will be read back: undefined fields, dates and the like do not survive JSON.
  const plain = JSON.parse(JSON.stringify(data)) as Record<string, unknown>;
  const body = { seq: head.seq + 1, time, event, data: plain, prev: head.hash };
  return { ...body, hash: digest(body) };
}

/** What is wrong with a record at this place of the chain; null when nothing is. */
export function linkProblem(head: ChainHead, record: AuditRecord): string | null {
  const { hash, ...body } = record;
  if (record.seq !== head.seq + 1) return `record ${head.seq + 1} is missing: found ${record.seq}`;
  if (record.prev !== head.hash) return `record ${record.seq} does not follow the one before it`;
  if (digest(body) !== hash) return `record ${record.seq} was changed`;
  return null;
}

/** An audit record and the byte behind its line. */
export interface AuditLine {
  readonly record: AuditRecord;
  readonly end: number;
}

/**
 * Records of a log in order, each checked against the one before. A torn last line is left out: it was never committed.
 *
 * @throws SpiceError `RUN_DAMAGED` (exit 5) at the first record that does not fit
 */
export async function* readAudit(path: string): AsyncGenerator<AuditLine> {
  let head = EMPTY_CHAIN;
  for await (const line of readLines(path)) {
    if (!line.complete) return;
    const record = parse(line.bytes);
    const problem =
      record === null ? `line ${head.seq + 1} is not an audit record` : linkProblem(head, record);
    if (record === null || problem !== null) throw damaged(path, head.seq + 1, problem ?? "");
    head = record;
    yield { record, end: line.end };
  }
}

function parse(bytes: Buffer): AuditRecord | null {
  try {
    const { seq, time, event, data, prev, hash } = JSON.parse(bytes.toString("utf8")) as AuditRecord;
    return typeof data === "object" && data !== null ? { seq, time, event, data, prev, hash } : null;
  } catch {
    return null;
  }
}

function digest(body: Omit<AuditRecord, "hash">): string {
  return createHash("sha256").update(JSON.stringify(body)).digest("hex");
}

function damaged(path: string, line: number, problem: string): SpiceError {
  return new SpiceError(`The audit log is damaged: ${problem}.`, {
    code: "RUN_DAMAGED",
    boundary: "store",
    where: `${path}:${line}`,
    hint: "Somebody or something edited the file. Restore the run directory from a copy; a damaged run cannot be resumed.",
    exit: 5,
  });
}
