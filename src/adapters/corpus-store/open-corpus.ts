import { SpiceError } from "../../app/errors.js";
import type { Corpus } from "../../app/ports/corpus.js";
import type { Segment, SnapshotInfo, Split } from "../../core/records/document.js";
import { kindNotFound } from "./errors.js";
import { type SnapshotManifest, storePaths } from "./layout.js";
import type { SegmentRow } from "./segment-table.js";
import { type LoadedSnapshot, loadSnapshot, resolveSnapshot } from "./snapshot.js";
import { type SplitShares, splitAt } from "./split.js";

/** Size of a split for one kind of document. */
export interface CorpusCount {
  readonly split: Split;
  readonly kind: string;
  readonly documents: number;
  readonly segments: number;
  readonly tokens: number;
}

/**
 * Opens a snapshot for reading.
 *
 * @param store folder of the corpus store
 * @param snapshot `latest`, an id, or the unique beginning of an id
 * @param shares shares of the split keys for warm start and evaluation
 * @param kinds only documents of these kinds; all kinds when empty
 * @throws SpiceError `CORPUS_NOT_FOUND`, `CORPUS_SHARES` (exit 2), `CORPUS_FORMAT` (exit 3),
 * `CORPUS_DAMAGED` (exit 5)
 */
export async function openCorpus(
  store: string,
  snapshot: string,
  shares: SplitShares,
  kinds: readonly string[] = [],
): Promise<SnapshotCorpus> {
  const { warmupShare, evalShare } = shares;
  if (!(warmupShare >= 0 && evalShare >= 0 && warmupShare + evalShare <= 1)) {
    throw new SpiceError(
      `The shares of warm start (${warmupShare}) and evaluation (${evalShare}) do not fit into 1.`,
      {
        code: "CORPUS_SHARES",
        boundary: "config",
        where: "corpus.warmupShare, corpus.evalShare",
        hint: "Give each a share from 0 to 1, together at most 1.",
        exit: 2,
      },
    );
  }
  const paths = storePaths(store);
  const loaded = await loadSnapshot(paths, await resolveSnapshot(paths, snapshot));
  const unknown = kinds.find((kind) => !loaded.manifest.kinds.includes(kind));
  if (unknown !== undefined) throw kindNotFound(unknown, loaded.manifest.kinds, store);
  return new SnapshotCorpus(loaded, shares, kinds.length === 0 ? loaded.manifest.kinds : kinds);
}

/**
 * An immutable snapshot, divided into splits by the shares. A text is read from disk when it is
 * requested.
 */
export class SnapshotCorpus implements Corpus {
  readonly info: SnapshotInfo;
  readonly #loaded: LoadedSnapshot;
  readonly #splits: Readonly<Record<Split, number[]>> = { warmup: [], selfplay: [], eval: [] };

  constructor(
    loaded: LoadedSnapshot,
    private readonly shares: SplitShares,
    kinds: readonly string[],
  ) {
    this.#loaded = loaded;
    this.info = snapshotInfo(loaded.manifest);
    const wanted = new Set(kinds.map((kind) => loaded.manifest.kinds.indexOf(kind)));
    let position = 0;
    for (const row of loaded.table.rows()) {
      if (wanted.has(row.kind)) this.#splits[splitAt(row.split, shares)].push(position);
      position += 1;
    }
  }

  size(split: Split): number {
    return this.#splits[split].length;
  }

  /**
   * Reads the segment at `index` of a split, in snapshot order, from 0.
   *
   * @throws RangeError when the split has no such segment
   */
  async segment(split: Split, index: number): Promise<Segment> {
    const position = this.#splits[split][index];
    if (position === undefined)
      throw new RangeError(`the ${split} split has no segment ${index}: it has ${this.size(split)}`);
    return this.#read(this.#loaded.table.row(position));
  }

  /**
   * Finds a segment by its id, or the first segment of a document by the document's id or the
   * unique beginning of it (at least 8 digits). All splits and kinds are searched. Null when
   * nothing, or more than one document, matches.
   */
  async find(id: string): Promise<Segment | null> {
    const match = /^([0-9a-f]{8,64})(?::(\d+)-(\d+))?$/.exec(id);
    if (match === null) return null;
    const [, documentId = "", start, end] = match;
    const { table } = this.#loaded;
    const known = documentId.slice(0, 16);
    const first = orderKey(known.padEnd(16, "0"));
    const last = orderKey(known.padEnd(16, "f"));
    let found: Segment | null = null;
    let from: SegmentRow | null = null;
    for (let position = table.lowerBound(first); position < table.length; position += 1) {
      const row = table.row(position);
      if (row.order > last) break;
      if (start !== undefined && (row.start !== Number(start) || row.end !== Number(end))) continue;
      // A book has thousands of segments, and each read reads the whole document.
      if (from !== null && row.shard === from.shard && row.document === from.document) continue;
      const segment = await this.#read(row);
      if (!segment.document.id.startsWith(documentId)) continue;
      if (found !== null && found.document.id !== segment.document.id) return null;
      if (found === null) [found, from] = [segment, row];
    }
    return found;
  }

  /** Sizes by split and kind, under the shares of this corpus. */
  counts(): CorpusCount[] {
    const { table, manifest } = this.#loaded;
    const counts = new Map<
      string,
      { split: Split; kind: string; documents: number; segments: number; tokens: number }
    >();
    let before: bigint | null = null;
    for (const row of table.rows()) {
      const split = splitAt(row.split, this.shares);
      const kind = manifest.kinds[row.kind] ?? "";
      const key = `${split} ${kind}`;
      const count = counts.get(key) ?? { split, kind, documents: 0, segments: 0, tokens: 0 };
      if (row.order !== before) count.documents += 1;
      before = row.order;
      count.segments += 1;
      count.tokens += row.tokens;
      counts.set(key, count);
    }
    return [...counts.keys()].sort().map((key) => counts.get(key) as CorpusCount);
  }

  async #read(row: SegmentRow): Promise<Segment> {
    const shard = this.#loaded.shards[row.shard];
    if (shard === undefined) throw new RangeError(`no shard ${row.shard}`);
    const { document } = await shard.read(row.document);
    const { start, end, tokens } = row;
    return {
      id: `${document.id}:${start}-${end}`,
      document,
      start,
      end,
      text: document.text.slice(start, end),
      tokens,
    };
  }
}

/** First 8 bytes of a document's id. Rows are sorted by this number. */
export function orderKey(documentId: string): bigint {
  return BigInt(`0x${documentId.slice(0, 16)}`);
}

/** Description of a snapshot for other parts of the program. */
export function snapshotInfo({
  id,
  documents,
  segments,
  tokens,
  segmentation,
  sources,
}: SnapshotManifest): SnapshotInfo {
  return { id, documents, segments, tokens, tokenizer: segmentation.tokenizer, sources };
}
