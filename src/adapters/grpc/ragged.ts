import { Dtype, type Ragged } from "../../gen/spice/trainer/v1/columns.js";

if (new Uint8Array(new Uint32Array([1]).buffer)[0] !== 1) {
  throw new Error(
    "The wire is little-endian and typed arrays are sent as they lie in memory: this processor is not supported.",
  );
}

/**
 * The numbers of a `bytes` field. Always a copy: the generated decoder returns a view into the whole message, whose offset
 * need not be a multiple of 4 and which would keep the message alive.
 */
export function int32s(bytes: Uint8Array): Int32Array {
  return new Int32Array(aligned(bytes, 4));
}

/** As `int32s`. */
export function uint32s(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(aligned(bytes, 4));
}

/** As `int32s`. */
export function float32s(bytes: Uint8Array): Float32Array {
  return new Float32Array(aligned(bytes, 4));
}

function aligned(bytes: Uint8Array, size: number): ArrayBuffer {
  if (bytes.length % size !== 0)
    throw new RangeError(`${bytes.length} bytes are not a whole number of ${size}-byte values`);
  return new Uint8Array(bytes).buffer;
}

/** The bytes of a typed array, not copied. */
export function bytesOf(array: Int32Array | Uint32Array | Float32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** Rows of an INT32 column that came whole. */
export function int32Rows(ragged: Ragged | undefined): Int32Array[] {
  if (ragged === undefined || ragged.dtype !== Dtype.INT32)
    throw new RangeError("the trainer sent no INT32 column where one was due");
  const all = int32s(ragged.data);
  const offsets = uint32s(ragged.offsets);
  if (offsets[0] !== 0 || offsets.at(-1) !== all.length)
    throw new RangeError("the trainer sent offsets that do not fit their column");
  return Array.from({ length: offsets.length - 1 }, (_, row) => all.slice(offsets[row], offsets[row + 1]));
}
