/** A segment of a snapshot, without its text. */
export interface SegmentRow {
  /**
   * First 8 bytes of the document's id. Rows are sorted by this number, so that a snapshot does not
   * depend on the order of additions.
   */
  readonly order: bigint;
  /** First 8 bytes of the hash of the split key. They determine the split, for all shares. */
  readonly split: bigint;
  /** Position of the shard in the list of the snapshot, and of the document in the shard. */
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

/**
 * Encodes rows as they are stored. A row has 40 bytes, little-endian, in the order of the fields of
 * `SegmentRow` (u64 x 2, u32 x 5, u16 x 2).
 */
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

/** A stored table that is decoded row by row. A million segments take 40 MB. */
export class SegmentTable {
  readonly length: number;

  /** @throws RangeError when the number of bytes is not a multiple of a row */
  constructor(private readonly bytes: Buffer) {
    if (bytes.length % ROW_BYTES !== 0)
      throw new RangeError(`${bytes.length} bytes are not whole rows of ${ROW_BYTES}`);
    this.length = bytes.length / ROW_BYTES;
  }

  /** Decodes the row at a position, from 0. */
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

  /** Decodes all rows in order. */
  *rows(): Generator<SegmentRow> {
    for (let position = 0; position < this.length; position += 1) yield this.row(position);
  }

  /**
   * Position of the first row whose `order` is at least the given value; `length` when there is
   * none.
   */
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

/** Compares two rows in the order of a snapshot: by document, then by start. */
export function compareRows(a: SegmentRow, b: SegmentRow): number {
  if (a.order !== b.order) return a.order < b.order ? -1 : 1;
  return a.start - b.start;
}
