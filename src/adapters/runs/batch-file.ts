import { createHash } from "node:crypto";
import type { RecordedBatch } from "../../app/ports/runs.js";
import type { TrainBatch, TrainSequence } from "../../app/ports/trainer.js";

/**
 * Beginning of the file of a recorded batch (docs/run-format.md). The file contains this text, the
 * length of the header (uint32), the header (JSON: everything that is not per token, and the
 * lengths of the columns), the columns in little-endian order without padding, and the SHA-256 of
 * all bytes before.
 */
const MAGIC = Buffer.from("SPICEBT1", "latin1");
const DIGEST_BYTES = 32;

type Column = Int32Array | Float32Array;

interface Header {
  readonly step: number;
  readonly optim: RecordedBatch["optim"];
  /** Null when the step trained nothing. */
  readonly batch: {
    readonly loss: TrainBatch["loss"];
    readonly normalizer: number;
    /** Number of tokens of each prompt. */
    readonly prompts: readonly number[];
    readonly sequences: readonly SequenceHeader[];
  } | null;
}

/**
 * A sequence without its columns. `tokens` is the length of the columns. The behavior
 * log-probabilities may be missing.
 */
interface SequenceHeader
  extends Pick<TrainSequence, "promptRef" | "temperature" | "role" | "groupId" | "sampleId"> {
  readonly tokens: number;
  readonly hasBehaviour: boolean;
}

/** Encodes the recorded batch of a step. */
export function encodeRecorded(step: number, { batch, optim }: RecordedBatch): Buffer {
  const header: Header = {
    step,
    optim,
    batch:
      batch === null
        ? null
        : {
            loss: batch.loss,
            normalizer: batch.normalizer,
            prompts: batch.prompts.map((ids) => ids.length),
            sequences: batch.sequences.map((sequence) => ({
              promptRef: sequence.promptRef,
              temperature: sequence.temperature,
              role: sequence.role,
              groupId: sequence.groupId,
              sampleId: sequence.sampleId,
              tokens: sequence.completionIds.length,
              hasBehaviour: sequence.behaviorLogprobs !== null,
            })),
          },
  };
  const json = Buffer.from(JSON.stringify(header), "utf8");
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  const parts = [MAGIC, length, json, ...(batch === null ? [] : columns(batch)).map(littleEndian)];
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return Buffer.concat([...parts, hash.digest()]);
}

/**
 * Decodes the recorded batch of a step; null when the bytes are damaged or belong to another step.
 */
export function decodeRecorded(step: number, bytes: Buffer): RecordedBatch | null {
  const end = bytes.length - DIGEST_BYTES;
  if (end < MAGIC.length + 4 || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return null;
  const digest = createHash("sha256").update(bytes.subarray(0, end)).digest();
  if (!digest.equals(bytes.subarray(end))) return null;
  const start = MAGIC.length + 4;
  const from = start + bytes.readUInt32LE(MAGIC.length);
  const header = JSON.parse(bytes.toString("utf8", start, from)) as Header;
  if (header.step !== step) return null;
  const { optim, batch } = header;
  if (batch === null) return { optim, batch: null };
  const read = new Reader(bytes.subarray(from, end));
  const prompts = batch.prompts.map((tokens) => read.int32(tokens));
  const sequences = batch.sequences.map(
    ({ tokens, hasBehaviour, ...rest }): TrainSequence => ({
      ...rest,
      completionIds: read.int32(tokens),
      weights: read.float32(tokens),
      advantages: read.float32(tokens),
      behaviorLogprobs: hasBehaviour ? read.float32(tokens) : null,
    }),
  );
  return { optim, batch: { prompts, sequences, loss: batch.loss, normalizer: batch.normalizer } };
}

function columns({ prompts, sequences }: TrainBatch): Column[] {
  return [
    ...prompts,
    ...sequences.flatMap(({ completionIds, weights, advantages, behaviorLogprobs }): Column[] => [
      completionIds,
      weights,
      advantages,
      ...(behaviorLogprobs === null ? [] : [behaviorLogprobs]),
    ]),
  ];
}

/**
 * The bytes of a column. All processors that Node supports are little-endian. A big-endian
 * processor would write files that other machines read wrongly.
 */
function littleEndian(column: Column): Buffer {
  return Buffer.from(column.buffer, column.byteOffset, column.byteLength);
}

class Reader {
  #at = 0;

  constructor(private readonly bytes: Buffer) {}

  int32(length: number): Int32Array {
    return new Int32Array(this.#copy(length));
  }

  float32(length: number): Float32Array {
    return new Float32Array(this.#copy(length));
  }

  /** Copies the bytes, because a typed array must start at an aligned position. */
  #copy(length: number): ArrayBuffer {
    const from = this.#at;
    this.#at += length * 4;
    return Uint8Array.prototype.slice.call(this.bytes, from, this.#at).buffer as ArrayBuffer;
  }
}
