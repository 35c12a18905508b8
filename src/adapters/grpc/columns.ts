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

/** A column in the encoding of the wire. */
export interface EncodedColumn {
  readonly column: Column;
  readonly dtype: Dtype;
  readonly rows: number;
  readonly data: Uint8Array;
  /** Row offsets as uint32 values, shape [rows + 1]; null for flat columns. */
  readonly offsets: Uint8Array | null;
}

/**
 * Encodes the columns of a batch, in ascending column number. The order of the sequences does not
 * change.
 *
 * @throws RangeError when some sequences have behavior log-probabilities and others have none
 */
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
      texts.map((value) => encoder.encode(value)),
      1,
    );
  };
  const columns = [
    ...encodeTokens({ prompts, sequences }),
    raggedColumn(
      Column.WEIGHTS,
      Dtype.FLOAT32,
      sequences.map(({ weights }) => bytesOf(weights)),
      4,
    ),
    raggedColumn(
      Column.ADVANTAGES,
      Dtype.FLOAT32,
      sequences.map(({ advantages }) => bytesOf(advantages)),
      4,
    ),
  ];
  const behavior = sequences
    .map(({ behaviorLogprobs }) => behaviorLogprobs)
    .filter((logprobs) => logprobs !== null);
  if (behavior.length > 0) {
    if (behavior.length < sequences.length)
      throw new RangeError("behavior log-probabilities are given for all sequences or for none");
    columns.push(raggedColumn(Column.BEHAVIOUR_LOGPROBS, Dtype.FLOAT32, behavior.map(bytesOf), 4));
  }
  columns.push(
    flat(
      Column.TEMPERATURE,
      Dtype.FLOAT32,
      Float32Array.from(sequences, ({ temperature }) => temperature),
    ),
    flat(
      Column.ROLE,
      Dtype.UINT32,
      Uint32Array.from(sequences, ({ role }) => ROLES[role]),
    ),
    text(
      Column.GROUP_ID,
      sequences.map(({ groupId }) => groupId),
    ),
    text(
      Column.SAMPLE_ID,
      sequences.map(({ sampleId }) => sampleId),
    ),
  );
  return columns;
}

/**
 * Encodes the columns that scoring needs: the prompts, and the prompt and completion of each
 * sequence.
 */
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
      data: bytesOf(Uint32Array.from(sequences, ({ promptRef }) => promptRef)),
      offsets: null,
    },
    raggedColumn(
      Column.COMPLETION_IDS,
      Dtype.INT32,
      sequences.map(({ completionIds }) => bytesOf(completionIds)),
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

/** The description of a column in the first message of a stream. */
export function declaration({ column, dtype, rows, data, offsets }: EncodedColumn): ColumnDeclaration {
  return { column, dtype, rows, dataBytes: BigInt(data.length), ragged: offsets !== null, trailingShape: [] };
}

/** Splits the columns into chunks of at most 1 MiB. */
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

/** The last message of a stream: counts, and the batch digest that columns.proto defines. */
export function batchEnd(
  batch: Pick<TrainBatch, "prompts" | "sequences">,
  columns: readonly EncodedColumn[],
): BatchEnd {
  return {
    prompts: batch.prompts.length,
    sequences: batch.sequences.length,
    completionTokens: BigInt(
      batch.sequences.reduce((sum, { completionIds }) => sum + completionIds.length, 0),
    ),
    digest: batchDigest(columns),
  };
}

/**
 * SHA-256 over the columns in ascending column number. Each column contributes its number, its
 * dtype, its lengths and its bytes, all little-endian.
 */
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
