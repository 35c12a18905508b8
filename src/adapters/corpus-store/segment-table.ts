/** One segment of a snapshot, without its text. */
export interface SegmentRow {
  /** First 8 bytes of the document's id; rows are sorted by it, so that a snapshot does not depend on what was added first. */
  readonly order: bigint;
  /** First 8 bytes of the split key's hash: decides the split, whatever the shares are. */
  readonly split: bigint;
  /** Position of the shard in the snapshot's list, and of the document in the shard. */
  readonly shard: number;
  readonly document: number;
  readonly start: number;
  readonly end: number;
  readonly tokens: number;
  /** Positions in the snapshot's lists of kinds and sources. */
  readonly kind: number;
  readonly source: number;
}

const ROW_BYTES = 40;

/** Rows as stored: 40 bytes each, little-endian, in the order of `SegmentRow`'s fields (u64 x 2, u32 x 5, u16 x 2). */
export function encodeTable(rows: readonly SegmentRow[]): Buffer {
  const table = Buffer.alloc(rows.length * ROW_BYTES);
  for (const [position, row] of rows.entries()) {
    const at = position * ROW_BYTES;
    table.writeBigUInt64LE(row.order, at);
    table.writeBigUInt64LE(row.split, at + 8);
    table.writeUInt32LE(row.shard, at + 16);
    table.writeUInt32LE(row.document, at + 20);
    table.writeUInt32LE(row.start, at + 24);
    table.writeUInt32LE(row.end, at + 28);
    table.writeUInt32LE(row.tokens, at + 32);
    table.writeUInt16LE(row.kind, at + 36);
    table.writeUInt16LE(row.source, at + 38);
  }
  return table;
}

/** A stored table, decoded row by row: a million segments take 40 MB. */
export class SegmentTable {
  readonly length: number;

  /** @throws RangeError when the bytes are not whole rows */
  constructor(private readonly bytes: Buffer) {
    if (bytes.length % ROW_BYTES !== 0)
      throw new RangeError(`${bytes.length} bytes are not whole rows of ${ROW_BYTES}`);
    this.length = bytes.length / ROW_BYTES;
  }

  row(position: number): SegmentRow {
    const at = position * ROW_BYTES;
    return {
      order: this.bytes.readBigUInt64LE(at),
      split: this.bytes.readBigUInt64LE(at + 8),
      shard: this.bytes.readUInt32LE(at + 16),
      document: this.bytes.readUInt32LE(at + 20),
      start: this.bytes.readUInt32LE(at + 24),
      end: this.bytes.readUInt32LE(at + 28),
      tokens: this.bytes.readUInt32LE(at + 32),
      kind: this.bytes.readUInt16LE(at + 36),
      source: this.bytes.readUInt16LE(at + 38),
    };
  }

  *rows(): Generator<SegmentRow> {
    for (let position = 0; position < this.length; position += 1) yield this.row(position);
  }

  /** Position of the first row whose `order` is not below the given one; `length` when all are. */
  lowerBound(order: bigint): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.bytes.readBigUInt64LE(middle * ROW_BYTES) < order) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The order in which a snapshot keeps its segments. */
export function compareRows(a: SegmentRow, b: SegmentRow): number {
  if (a.order !== b.order) return a.order < b.order ? -1 : 1;
  return a.start - b.start;
}
