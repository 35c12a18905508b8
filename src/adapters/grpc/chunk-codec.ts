import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { Column, type ColumnChunk } from "../../gen/spice/trainer/v1/columns.js";
import { TrainingServiceDefinition, TrainStepRequest } from "../../gen/spice/trainer/v1/training.js";

/**
 * Field numbers on the path from a request to a chunk. Each is one tag byte: the field number, and
 * the wire type (2: length-delimited, 0: varint).
 */
const TAG = { chunk: (2 << 3) | 2, column: (1 << 3) | 0, data: (2 << 3) | 2, offsets: (3 << 3) | 2 } as const;

/**
 * Encodes a chunk to the same bytes as `TrainStepRequest.encode(...).finish()`. The data (up to 1
 * MiB) is copied once. The generated writer copies it four times.
 *
 * @throws RangeError for a chunk without data and offsets
 */
export function encodeChunk({ column, part }: ColumnChunk): Uint8Array {
  if (part === undefined) throw new RangeError("a chunk has data or offsets");
  const head = new BinaryWriter();
  if (column !== Column.UNSPECIFIED) head.uint32(TAG.column).int32(column);
  const inner = head.uint32(TAG[part.$case]).uint32(part.value.length).finish();
  const outer = new BinaryWriter()
    .uint32(TAG.chunk)
    .uint32(inner.length + part.value.length)
    .finish();
  const message = Buffer.allocUnsafe(outer.length + inner.length + part.value.length);
  message.set(outer, 0);
  message.set(inner, outer.length);
  message.set(part.value, outer.length + inner.length);
  return message;
}

/** The training service, with `encodeChunk` for the chunks of a batch. */
export const ChunkedTrainingDefinition: typeof TrainingServiceDefinition = {
  ...TrainingServiceDefinition,
  methods: {
    ...TrainingServiceDefinition.methods,
    trainStep: {
      ...TrainingServiceDefinition.methods.trainStep,
      requestType: {
        ...TrainStepRequest,
        encode: (message, writer) =>
          message.part?.$case === "chunk" && writer === undefined
            ? new Encoded(encodeChunk(message.part.value))
            : TrainStepRequest.encode(message, writer),
      },
    },
  },
};

/** A writer for a message that is already encoded. */
class Encoded extends BinaryWriter {
  readonly #message: Uint8Array;

  constructor(message: Uint8Array) {
    super();
    this.#message = message;
  }

  override finish(): Uint8Array<ArrayBuffer> {
    return this.#message as Uint8Array<ArrayBuffer>;
  }
}
