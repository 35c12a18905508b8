import { Dtype, type Ragged } from "../../gen/spice/trainer/v1/columns.js";

if (new Uint8Array(new Uint32Array([1]).buffer)[0] !== 1) {
  throw new Error(
    "The wire is little-endian and typed arrays are sent as they lie in memory: this processor is not supported.",
  );
}

/**
 * The numbers of a `bytes` field, always as a copy. The generated decoder returns a view into the
 * whole message. The offset of the view may not be a multiple of 4, and the view would keep the
 * message in memory.
 *
 * @throws RangeError when the length is not a multiple of 4
 */
export function int32s(bytes: Uint8Array): Int32Array {
  return new Int32Array(aligned(bytes, 4));
}

/** The same as `int32s` for this type. */
export function uint32s(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(aligned(bytes, 4));
}

/** The same as `int32s` for this type. */
export function float32s(bytes: Uint8Array): Float32Array {
  return new Float32Array(aligned(bytes, 4));
}

function aligned(bytes: Uint8Array, size: number): ArrayBuffer {
  if (bytes.length % size !== 0)
    throw new RangeError(`${bytes.length} bytes are not a whole number of ${size}-byte values`);
  return new Uint8Array(bytes).buffer;
}

/** The bytes of a typed array, without a copy. */
export function bytesOf(array: Int32Array | Uint32Array | Float32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/**
 * The rows of an INT32 column that arrived in one message.
 *
 * @throws RangeError for a missing column, another dtype, or offsets that do not fit
 */
export function int32Rows(ragged: Ragged | undefined): Int32Array[] {
  if (ragged === undefined || ragged.dtype !== Dtype.INT32)
    throw new RangeError("the trainer sent no INT32 column");
  const all = int32s(ragged.data);
  const offsets = uint32s(ragged.offsets);
  if (offsets[0] !== 0 || offsets.at(-1) !== all.length)
    throw new RangeError("the trainer sent offsets that do not fit their column");
  return Array.from({ length: offsets.length - 1 }, (_, row) => all.slice(offsets[row], offsets[row + 1]));
}
