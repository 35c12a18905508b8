import { createHash } from "node:crypto";
import { type FileHandle, open, rename, rm, stat, truncate } from "node:fs/promises";
import { dirname, join } from "node:path";
import { syncFolder, writeWhole } from "../files/durable.js";
import { readLines } from "../files/lines.js";
import { documentDigest, encodeIndex, parseRecord, Shard, type ShardRecord } from "./shard.js";

/** Bytes collected before they are written. */
const BUFFER_BYTES = 1 << 20;

/**
 * The shard that is being written: `documents/incoming.jsonl`. An ingestion that was cut off leaves it behind; the next one reads
 * what is whole, drops a torn last line and goes on, so nothing is tokenised twice.
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

  static async open(path: string): Promise<IncomingShard> {
    const handle = await open(path, "a");
    const shard = new IncomingShard(path, handle);
    let sound = 0;
    for await (const line of readLines(path)) {
      const record = line.complete ? parseRecord(line.bytes) : null;
      // Whatever follows a line that cannot be read was written after it, and is not to be trusted either.
      if (record === null) break;
      shard.note(record, Buffer.concat([line.bytes, Buffer.from("\n")]));
      sound = line.end;
    }
    if ((await stat(path)).size > sound) await truncate(path, sound);
    return shard;
  }

  get documents(): number {
    return this.records.length;
  }

  get bytes(): number {
    return this.#offsets.at(-1) ?? 0;
  }

  digest(position: number): Buffer {
    return this.#digests[position] as Buffer;
  }

  /** Returns the document's position in the shard. */
  async append(record: ShardRecord): Promise<number> {
    const line = Buffer.from(`${JSON.stringify(record)}\n`);
    this.note(record, line);
    this.#pending.push(line);
    this.#pendingBytes += line.length;
    if (this.#pendingBytes >= BUFFER_BYTES) await this.flush();
    return this.documents - 1;
  }

  async flush(): Promise<void> {
    const bytes = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    if (bytes.length > 0) await this.handle.appendFile(bytes);
  }

  /** Finish the shard: index first, then the name that makes it count. */
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

  /** Keep what was appended for the next attempt; a file without documents is removed. */
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
