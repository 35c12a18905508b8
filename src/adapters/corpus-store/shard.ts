import { createHash } from "node:crypto";
import { open, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { SegmentBounds } from "../../core/corpus/segments.js";
import type { Document } from "../../core/records/document.js";
import { counted } from "../../core/text/counted.js";
import { damagedCorpus } from "./errors.js";

/** A line of a shard. */
export interface ShardRecord {
  readonly document: Document;
  /** Segments of the document: start, end, tokens. */
  readonly segments: readonly (readonly [number, number, number])[];
}

const DIGEST_BYTES = 32;

/** SHA-256 over a document with its metadata and facts. */
export function documentDigest(document: Document): Buffer {
  return createHash("sha256")
    .update(JSON.stringify(canonical(document)))
    .digest();
}

/**
 * A copy of a document with its fields in a fixed order. The JSON of this copy is hashed and
 * stored.
 */
export function canonical(document: Document): Document {
  const { id, sourceUri, title, subject, kind, splitKey, language, licence, text, optOut } = document;
  const facts = document.facts.map(({ field, subject: about, values }) => ({
    field,
    subject: about,
    values,
  }));
  return {
    id,
    sourceUri,
    title,
    subject,
    kind,
    splitKey,
    language,
    licence,
    text,
    facts,
    ...(optOut && { optOut }),
  };
}

/**
 * Encodes the index of a shard: n + 1 offsets (u64, little-endian; the last offset is the length of
 * the shard), then n document digests.
 */
export function encodeIndex(offsets: readonly number[], digests: readonly Uint8Array[]): Buffer {
  const head = Buffer.alloc(offsets.length * 8);
  for (const [position, offset] of offsets.entries()) head.writeBigUInt64LE(BigInt(offset), position * 8);
  return Buffer.concat([head, ...digests]);
}

/**
 * A finished shard: a JSONL file that never changes, and its index in memory (40 bytes for each
 * document).
 */
export class Shard {
  readonly path: string;
  readonly documents: number;

  private constructor(
    readonly name: string,
    folder: string,
    private readonly index: Buffer,
  ) {
    this.path = join(folder, `${name}.jsonl`);
    this.documents = (index.length - 8) / (8 + DIGEST_BYTES);
  }

  /**
   * Opens a shard and compares its index and its length with the expected values.
   *
   * @throws SpiceError `CORPUS_DAMAGED` (exit 5) when a file is missing, incomplete, or another
   * file than expected
   */
  static async open(folder: string, name: string, indexDigest?: string): Promise<Shard> {
    const indexPath = join(folder, `${name}.idx`);
    const index = await readFile(indexPath).catch((error: unknown) => {
      throw damagedCorpus("The index of a shard cannot be read.", indexPath, error);
    });
    const shard = new Shard(name, folder, index);
    if (
      !Number.isInteger(shard.documents) ||
      (indexDigest !== undefined && shard.indexDigest() !== indexDigest)
    ) {
      throw damagedCorpus("The index of a shard was changed or cut short.", indexPath);
    }
    const size = await stat(shard.path).then(
      (found) => found.size,
      () => -1,
    );
    if (size !== shard.bytes) {
      const found = size < 0 ? "is missing" : `has ${counted(size, "byte")} instead of ${shard.bytes}`;
      throw damagedCorpus(`A shard of documents ${found}.`, shard.path);
    }
    return shard;
  }

  /** Length of the JSONL file in bytes. */
  get bytes(): number {
    return this.offset(this.documents);
  }

  /** SHA-256 of the index, in hexadecimal digits. */
  indexDigest(): string {
    return createHash("sha256").update(this.index).digest("hex");
  }

  /** Digest of the document at a position, from 0. */
  digest(position: number): Buffer {
    const at = (this.documents + 1) * 8 + position * DIGEST_BYTES;
    return this.index.subarray(at, at + DIGEST_BYTES);
  }

  /**
   * Reads the record of a document and compares it with its digest. @throws SpiceError
   * `CORPUS_DAMAGED` (exit 5)
   */
  async read(position: number): Promise<ShardRecord> {
    const start = this.offset(position);
    const line = Buffer.alloc(this.offset(position + 1) - start);
    const handle = await open(this.path, "r");
    try {
      await handle.read(line, 0, line.length, start);
    } finally {
      await handle.close();
    }
    const record = parseRecord(line);
    if (record === null || !documentDigest(record.document).equals(this.digest(position))) {
      throw damagedCorpus("A document differs from the stored document.", `${this.path}:${position + 1}`);
    }
    return record;
  }

  private offset(position: number): number {
    return Number(this.index.readBigUInt64LE(position * 8));
  }
}

/** Parses a line of a shard; null when the line is not a record. */
export function parseRecord(line: Buffer): ShardRecord | null {
  try {
    const record = JSON.parse(line.toString("utf8")) as ShardRecord;
    return Array.isArray(record.document.facts) && Array.isArray(record.segments) ? record : null;
  } catch {
    return null;
  }
}

/** Converts segments to the form of a record. */
export function packSegments(segments: readonly SegmentBounds[]): ShardRecord["segments"] {
  return segments.map(({ start, end, tokens }) => [start, end, tokens] as const);
}

/** Converts the segments of a record to objects. */
export function unpackSegments(segments: ShardRecord["segments"]): SegmentBounds[] {
  return segments.map(([start, end, tokens]) => ({ start, end, tokens }));
}
