import { createHash } from "node:crypto";
import { SpiceError } from "../../app/errors.js";
import { readLines } from "../files/lines.js";

/**
 * A line of audit.jsonl. `hash` is the SHA-256 of the record without `hash`, as JSON with the keys
 * in this order. `prev` is the hash of the previous record. A changed, removed or inserted line
 * makes every later hash wrong.
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

/** The end of a chain, which the next record must follow. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

/** The chain without records. */
export const EMPTY_CHAIN: ChainHead = { seq: 0, hash: GENESIS };

/** The next record of a chain. */
export function nextRecord(
  head: ChainHead,
  time: string,
  event: string,
  data: Readonly<Record<string, unknown>>,
): AuditRecord {
  // The hash must cover the data that is read back. JSON does not preserve undefined fields, dates
  // and similar values.
  const plain = JSON.parse(JSON.stringify(data)) as Record<string, unknown>;
  const body = { seq: head.seq + 1, time, event, data: plain, prev: head.hash };
  return { ...body, hash: digest(body) };
}

/** The fault of a record at this place of the chain; null for a correct record. */
export function linkProblem(head: ChainHead, record: AuditRecord): string | null {
  const { hash, ...body } = record;
  if (record.seq !== head.seq + 1) return `record ${head.seq + 1} is missing: found ${record.seq}`;
  if (record.prev !== head.hash) return `record ${record.seq} does not follow the previous record`;
  if (digest(body) !== hash) return `record ${record.seq} was changed`;
  return null;
}

/** An audit record, and the position after its line, in bytes. */
export interface AuditLine {
  readonly record: AuditRecord;
  readonly end: number;
}

/**
 * Reads the records of a log in order and compares each with the previous record. An incomplete
 * last line is left out, because it was never committed.
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
    hint: "The file was edited. Restore the run directory from a copy; a damaged run cannot be resumed.",
    exit: 5,
  });
}
