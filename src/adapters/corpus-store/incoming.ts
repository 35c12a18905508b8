import { createHash } from "node:crypto";
import { type FileHandle, open, rename, rm, stat, truncate } from "node:fs/promises";
import { dirname, join } from "node:path";
import { syncFolder, writeWhole } from "../files/durable.js";
import { readLines } from "../files/lines.js";
import { documentDigest, encodeIndex, parseRecord, Shard, type ShardRecord } from "./shard.js";

/** Number of bytes that are collected before a write. */
const BUFFER_BYTES = 1 << 20;

/**
 * The unfinished shard, `documents/incoming.jsonl`. An interrupted ingestion leaves this file
 * behind. The next ingestion reads its complete lines, removes an incomplete last line and
 * continues, so that no document is tokenized twice.
 */
export class IncomingShard {
  readonly records: ShardRecord[] = [];
  readonly #digests: Buffer[] = [];
  readonly #offsets: number[] = [0];
  #hash = createHash("sha256");
  #pending: Buffer[] = [];
  #pendingBytes = 0;

  private constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
  ) {}

  /** Opens the unfinished shard at `path`, or creates it. */
  static async open(path: string): Promise<IncomingShard> {
    const handle = await open(path, "a");
    const shard = new IncomingShard(path, handle);
    let sound = 0;
    for await (const line of readLines(path)) {
      const record = line.complete ? parseRecord(line.bytes) : null;
      // All lines after an unreadable line are ignored too, because they were written later and
      // cannot be trusted.
      if (record === null) break;
      shard.note(record, Buffer.concat([line.bytes, Buffer.from("\n")]));
      sound = line.end;
    }
    if ((await stat(path)).size > sound) await truncate(path, sound);
    return shard;
  }

  /** Number of documents. */
  get documents(): number {
    return this.records.length;
  }

  /** Length in bytes, with the records that are not written to the file yet. */
  get bytes(): number {
    return this.#offsets.at(-1) ?? 0;
  }

  /** Digest of the document at a position. */
  digest(position: number): Buffer {
    return this.#digests[position] as Buffer;
  }

  /**
   * Appends a record and returns the position of its document in the shard. The record is written
   * to the file later, see `flush`.
   */
  async append(record: ShardRecord): Promise<number> {
    const line = Buffer.from(`${JSON.stringify(record)}\n`);
    this.note(record, line);
    this.#pending.push(line);
    this.#pendingBytes += line.length;
    if (this.#pendingBytes >= BUFFER_BYTES) await this.flush();
    return this.documents - 1;
  }

  /** Writes the collected records to the file. */
  async flush(): Promise<void> {
    const bytes = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    if (bytes.length > 0) await this.handle.appendFile(bytes);
  }

  /**
   * Finishes the shard. The index is written first. The rename of the shard then makes it valid.
   */
  async seal(): Promise<Shard> {
    await this.flush();
    await this.handle.sync();
    await this.handle.close();
    const folder = dirname(this.path);
    const name = this.#hash.digest("hex").slice(0, 32);
    await writeWhole(join(folder, `${name}.idx`), encodeIndex(this.#offsets, this.#digests));
    await rename(this.path, join(folder, `${name}.jsonl`));
    await syncFolder(folder);
    return Shard.open(folder, name);
  }

  /**
   * Closes the file and keeps its records for the next ingestion. A file without documents is
   * removed.
   */
  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      await this.handle.close();
    }
    if (this.documents === 0) await rm(this.path, { force: true });
  }

  private note(record: ShardRecord, line: Buffer): void {
    this.records.push(record);
    this.#digests.push(documentDigest(record.document));
    this.#offsets.push(this.bytes + line.length);
    this.#hash.update(line);
  }
}
