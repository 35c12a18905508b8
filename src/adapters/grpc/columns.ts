import { createHash } from "node:crypto";
import type { TrainBatch } from "../../app/ports/trainer.js";
import {
  type BatchEnd,
  Column,
  type ColumnChunk,
  type ColumnDeclaration,
  Dtype,
} from "../../gen/spice/trainer/v1/columns.js";
import { SequenceRole } from "../../gen/spice/trainer/v1/common.js";
import { bytesOf } from "./ragged.js";

const CHUNK_BYTES = 1024 * 1024;

const ROLES = {
  challenger: SequenceRole.CHALLENGER,
  reasoner: SequenceRole.REASONER,
  warmup: SequenceRole.WARMUP,
} as const;

/** A column as it goes over the wire. */
export interface EncodedColumn {
  readonly column: Column;
  readonly dtype: Dtype;
  readonly rows: number;
  readonly data: Uint8Array;
  /** uint32 row offsets; null for flat columns. */
  readonly offsets: Uint8Array | null;
}

/** The columns of a batch, in ascending column number. The order of sequences is the caller's. */
export function encodeBatch({ prompts, sequences }: TrainBatch): EncodedColumn[] {
  const flat = (column: Column, dtype: Dtype, data: Uint32Array | Float32Array) => ({
    column,
    dtype,
    rows: sequences.length,
    data: bytesOf(data),
    offsets: null,
  });
  const text = (column: Column, texts: readonly string[]) => {
    const encoder = new TextEncoder();
    return raggedColumn(
      column,
      Dtype.UINT8,
      texts.map((one) => encoder.encode(one)),
      1,
    );
  };
  const columns = [
    ...encodeTokens({ prompts, sequences }),
    raggedColumn(
      Column.WEIGHTS,
      Dtype.FLOAT32,
      sequences.map((one) => bytesOf(one.weights)),
      4,
    ),
    raggedColumn(
      Column.ADVANTAGES,
      Dtype.FLOAT32,
      sequences.map((one) => bytesOf(one.advantages)),
      4,
    ),
  ];
  const behaviour = sequences.map((one) => one.behaviorLogprobs).filter((one) => one !== null);
  if (behaviour.length > 0) {
    if (behaviour.length < sequences.length)
      throw new RangeError("behaviour log-probabilities are given for all sequences or for none");
    columns.push(raggedColumn(Column.BEHAVIOUR_LOGPROBS, Dtype.FLOAT32, behaviour.map(bytesOf), 4));
  }
  columns.push(
    flat(
      Column.TEMPERATURE,
      Dtype.FLOAT32,
      Float32Array.from(sequences, (one) => one.temperature),
    ),
    flat(
      Column.ROLE,
      Dtype.UINT32,
      Uint32Array.from(sequences, (one) => ROLES[one.role]),
    ),
    text(
      Column.GROUP_ID,
      sequences.map((one) => one.groupId),
    ),
    text(
      Column.SAMPLE_ID,
      sequences.map((one) => one.sampleId),
    ),
  );
  return columns;
}

/** The columns that scoring needs: prompts, and each sequence's prompt and completion. */
export function encodeTokens({
  prompts,
  sequences,
}: Pick<TrainBatch, "prompts" | "sequences">): EncodedColumn[] {
  return [
    raggedColumn(Column.PROMPT_IDS, Dtype.INT32, prompts.map(bytesOf), 4),
    {
      column: Column.PROMPT_REF,
      dtype: Dtype.UINT32,
      rows: sequences.length,
      data: bytesOf(Uint32Array.from(sequences, (one) => one.promptRef)),
      offsets: null,
    },
    raggedColumn(
      Column.COMPLETION_IDS,
      Dtype.INT32,
      sequences.map((one) => bytesOf(one.completionIds)),
      4,
    ),
  ];
}

function raggedColumn(
  column: Column,
  dtype: Dtype,
  rows: readonly Uint8Array[],
  width: number,
): EncodedColumn {
  const offsets = new Uint32Array(rows.length + 1);
  rows.forEach((row, index) => {
    offsets[index + 1] = (offsets[index] ?? 0) + row.length / width;
  });
  return { column, dtype, rows: rows.length, data: concat(rows), offsets: bytesOf(offsets) };
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** What the first message of a stream says about a column. */
export function declaration({ column, dtype, rows, data, offsets }: EncodedColumn): ColumnDeclaration {
  return { column, dtype, rows, dataBytes: BigInt(data.length), ragged: offsets !== null, trailingShape: [] };
}

/** The columns in pieces of at most 1 MiB. */
export function* chunks(columns: readonly EncodedColumn[]): Generator<ColumnChunk> {
  for (const { column, data, offsets } of columns) {
    if (offsets !== null)
      for (const value of pieces(offsets)) yield { column, part: { $case: "offsets", value } };
    for (const value of pieces(data)) yield { column, part: { $case: "data", value } };
  }
}

function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
}

/** The last message of a stream: counts, and the batch digest of columns.proto. */
export function batchEnd(
  batch: Pick<TrainBatch, "prompts" | "sequences">,
  columns: readonly EncodedColumn[],
): BatchEnd {
  return {
    prompts: batch.prompts.length,
    sequences: batch.sequences.length,
    completionTokens: BigInt(batch.sequences.reduce((sum, one) => sum + one.completionIds.length, 0)),
    digest: batchDigest(columns),
  };
}

/** SHA-256 over the columns in ascending order: number, dtype, lengths and bytes, all little-endian. */
export function batchDigest(columns: readonly EncodedColumn[]): Uint8Array {
  const hash = createHash("sha256");
  const head = new DataView(new ArrayBuffer(16));
  const length = new DataView(new ArrayBuffer(8));
  for (const { column, dtype, data, offsets } of columns.toSorted((a, b) => a.column - b.column)) {
    const offsetBytes = offsets ?? new Uint8Array(0);
    head.setUint32(0, column, true);
    head.setUint32(4, dtype, true);
    head.setBigUint64(8, BigInt(offsetBytes.length), true);
    length.setBigUint64(0, BigInt(data.length), true);
    hash.update(head).update(offsetBytes).update(length).update(data);
  }
  return hash.digest();
}
