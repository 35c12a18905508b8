import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { float32s, int32Rows, int32s, uint32s } from "../../../src/adapters/grpc/ragged.js";
import { Dtype } from "../../../src/gen/spice/trainer/v1/columns.js";

describe("typed arrays from the wire", () => {
  test("are copies, right at every offset of the message they came in", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
        fc.nat(7),
        (values, offset) => {
          const message = new Uint8Array(offset + values.length * 4);
          message.set(new Uint8Array(Int32Array.from(values).buffer), offset);
          const read = int32s(message.subarray(offset));
          message.fill(0);
          return values.every((value, index) => read[index] === value) && read.length === values.length;
        },
      ),
    );
    expect([...uint32s(Uint8Array.of(255, 255, 255, 255))]).toEqual([2 ** 32 - 1]);
    expect([...float32s(new Uint8Array(Float32Array.of(-0.5).buffer))]).toEqual([-0.5]);
    expect(() => int32s(new Uint8Array(3))).toThrow(RangeError);
  });

  test("rows follow their offsets, and offsets that lie are refused", () => {
    const bytes = (array: Int32Array | Uint32Array) => new Uint8Array(array.buffer);
    const ragged = (offsets: readonly number[]) => ({
      dtype: Dtype.INT32,
      data: bytes(Int32Array.of(1, 2, 3)),
      offsets: bytes(Uint32Array.from(offsets)),
      trailingShape: [],
    });
    expect(int32Rows(ragged([0, 2, 2, 3])).map((row) => [...row])).toEqual([[1, 2], [], [3]]);
    for (const wrong of [
      [0, 2],
      [1, 3],
      [0, 4],
    ])
      expect(() => int32Rows(ragged(wrong))).toThrow(RangeError);
    expect(() => int32Rows(undefined)).toThrow(RangeError);
  });
});
