import { readdir, readFile } from "node:fs/promises";
import { SpiceError } from "../../app/errors.js";
import type { CorpusWriter, LeftOut } from "../../app/ports/corpus.js";
import type { SegmentBounds } from "../../core/corpus/segments.js";
import type { Document, SnapshotInfo } from "../../core/records/document.js";
import { ensureFolder, writeJson } from "../files/durable.js";
import { fileError } from "../files/errors.js";
import { type Lock, takeLock } from "../files/lock.js";
import { damagedCorpus } from "./errors.js";
import { IncomingShard } from "./incoming.js";
import { type Segmentation, STORE_SCHEMA, type StoreInfo, type StorePaths, storePaths } from "./layout.js";
import { LeftOutList } from "./left-out.js";
import { orderKey, snapshotInfo } from "./open-corpus.js";
import { latestSegments, type PlacedSegment, publishSnapshot } from "./publish.js";
import { canonical, documentDigest, packSegments, Shard, unpackSegments } from "./shard.js";
import { splitPlace } from "./split.js";

/** Options of `openCorpusWriter`. */
export interface CorpusWriterOptions {
  /** Folder of the store; created when missing. */
  readonly store: string;
  /** URI of the source that is added. */
  readonly source: string;
  /** Other names that the store can have for this source. They are replaced, too. Default: none. */
  readonly formerSources?: readonly string[];
  readonly segmentation: Segmentation;
  /** Bytes after which a shard is finished and a new shard begins. Default: 64 MiB. */
  readonly shardBytes?: number;
}

const SHARD_BYTES = 64 << 20;

/**
 * Opens a store to add a source.
 *
 * @throws SpiceError `LOCKED` (exit 3), `CORPUS_DAMAGED` (exit 5), or `CORPUS_SEGMENTATION` (exit
 * 2) when the store uses another segmentation
 */
export async function openCorpusWriter(options: CorpusWriterOptions): Promise<CorpusWriter> {
  const paths = storePaths(options.store);
  try {
    await ensureFolder(paths.documents);
    await ensureFolder(paths.snapshots);
    const lock = await takeLock(paths.lock, { boundary: "corpus", what: "corpus store" });
    try {
      const files = await readdir(paths.documents);
      const names = files.filter((file) => file.endsWith(".jsonl") && file !== "incoming.jsonl");
      const isEmpty = names.length === 0 && (await readdir(paths.snapshots)).length === 0;
      await agreeOnSegmentation(paths, options.segmentation, isEmpty);
      const shards = await Promise.all(
        names.map((file) => Shard.open(paths.documents, file.slice(0, -".jsonl".length))),
      );
      const leftOut = new LeftOutList(paths.leftOut, options.source, options.formerSources);
      return new StoreWriter(paths, options, lock, shards, await IncomingShard.open(paths.incoming), leftOut);
    } catch (error) {
      await lock[Symbol.asyncDispose]();
      throw error;
    }
  } catch (error) {
    throw fileError(error, "opening the corpus store", options.store, "corpus");
  }
}

/** Place of a stored document. `shard` is null for a new document until its shard is sealed. */
interface Place {
  shard: Shard | null;
  readonly position: number;
}

/** A document of this source. The text stays in the shard only. */
interface Added {
  readonly place: Place;
  readonly digest: Buffer;
  readonly split: bigint;
  readonly kind: string;
  readonly segments: readonly SegmentBounds[];
}

class StoreWriter implements CorpusWriter {
  readonly #places = new Map<string, Place>();
  readonly #added = new Map<bigint, Added>();
  #unsealed: Place[] = [];

  constructor(
    private readonly paths: StorePaths,
    private readonly options: CorpusWriterOptions,
    private readonly lock: Lock,
    private readonly shards: Shard[],
    private incoming: IncomingShard,
    private readonly leftOut: LeftOutList,
  ) {
    for (const shard of shards) {
      for (let position = 0; position < shard.documents; position += 1) {
        this.#places.set(shard.digest(position).toString("hex"), { shard, position });
      }
    }
    for (let position = 0; position < incoming.documents; position += 1)
      this.#noteIncoming(incoming.digest(position), position);
  }

  async known(document: Document): Promise<readonly SegmentBounds[] | null> {
    const place = this.#places.get(documentDigest(document).toString("hex"));
    if (place === undefined) return null;
    const record =
      place.shard === null ? this.incoming.records[place.position] : await place.shard.read(place.position);
    return record === undefined ? null : unpackSegments(record.segments);
  }

  add(document: Document, segments: readonly SegmentBounds[]): Promise<void> {
    return this.#guarded(async () => {
      const digest = documentDigest(document);
      let place = this.#places.get(digest.toString("hex"));
      if (place === undefined) {
        const record = { document: canonical(document), segments: packSegments(segments) };
        place = this.#noteIncoming(digest, await this.incoming.append(record));
      }
      const split = splitPlace(document.splitKey);
      this.#added.set(orderKey(document.id), { place, digest, split, kind: document.kind, segments });
      if (this.incoming.bytes >= (this.options.shardBytes ?? SHARD_BYTES)) await this.#seal();
    });
  }

  leaveOut(item: LeftOut): Promise<void> {
    return this.#guarded(() => this.leftOut.add(item));
  }

  keepLeftOut(): Promise<void> {
    return this.#guarded(() => this.leftOut.publish());
  }

  commit(): Promise<SnapshotInfo> {
    return this.#guarded(async () => {
      if (this.incoming.documents > 0) await this.#seal();
      const latest = await latestSegments(
        this.paths,
        new Set([this.options.source, ...(this.options.formerSources ?? [])]),
      );
      // A document that this source adds again is of this source.
      const kept = latest.filter(({ order }) => !this.#added.has(order));
      const added: PlacedSegment[] = [];
      for (const [order, { place, digest, split, kind, segments }] of this.#added) {
        const { shard, position } = place;
        if (shard === null) throw new Error("a sealed document has a shard");
        const common = { order, split, shard, document: position, digest };
        // By name: a caller's segments may have other fields, which are not of the table.
        for (const { start, end, tokens } of segments)
          added.push({ ...common, start, end, tokens, kind, source: this.options.source });
      }
      await this.leftOut.publish();
      const manifest = await publishSnapshot(this.paths, [...kept, ...added], this.options.segmentation);
      return snapshotInfo(manifest);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#guarded(async () => {
        await this.leftOut.discard();
        await this.incoming.close();
      });
    } finally {
      await this.lock[Symbol.asyncDispose]();
    }
  }

  async #seal(): Promise<void> {
    const shard = await this.incoming.seal();
    for (const place of this.#unsealed) place.shard = shard;
    this.#unsealed = [];
    this.shards.push(shard);
    this.incoming = await IncomingShard.open(this.paths.incoming);
  }

  #noteIncoming(digest: Buffer, position: number): Place {
    const place: Place = { shard: null, position };
    this.#places.set(digest.toString("hex"), place);
    this.#unsealed.push(place);
    return place;
  }

  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw fileError(error, "writing the corpus", this.paths.root, "corpus");
    }
  }
}

/** An empty store takes the segmentation of the next source. */
async function agreeOnSegmentation(paths: StorePaths, wanted: Segmentation, isEmpty: boolean): Promise<void> {
  const text = isEmpty ? null : await readFile(paths.info, "utf8").catch(() => null);
  if (text === null) {
    const info: StoreInfo = { schema: STORE_SCHEMA, segmentation: wanted };
    await writeJson(paths.info, info);
    return;
  }
  let found: Segmentation;
  try {
    found = (JSON.parse(text) as StoreInfo).segmentation;
  } catch (error) {
    throw damagedCorpus("The description of the store cannot be read.", paths.info, error);
  }
  const differs = (["tokenizer", "minTokens", "maxTokens", "version"] as const).filter(
    (key) => found[key] !== wanted[key],
  );
  if (differs.length === 0) return;
  const what = differs
    .map((key) => `${key} ${String(found[key]).slice(0, 12)}, not ${String(wanted[key]).slice(0, 12)}`)
    .join("; ");
  throw new SpiceError(`The store has another segmentation: ${what}.`, {
    code: "CORPUS_SEGMENTATION",
    boundary: "corpus",
    where: paths.info,
    hint: `Use the tokenizer of the store and --max-tokens ${found.maxTokens}, or add all sources to another store: -s corpus.store=corpus-2.`,
    exit: 2,
  });
}
