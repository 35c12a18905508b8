import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { ChunkedTrainingDefinition, encodeChunk } from "../../../src/adapters/grpc/chunk-codec.js";
import { TrainStepRequest } from "../../../src/gen/spice/trainer/v1/training.js";

const chunk = fc.record({
  column: fc.integer({ min: 0, max: 200 }),
  part: fc.record({
    $case: fc.constantFrom("data" as const, "offsets" as const),
    // Around the lengths at which a length prefix grows by a byte.
    value: fc
      .oneof(fc.nat(300), fc.integer({ min: 16_370, max: 16_400 }))
      .map((length) => new Uint8Array(length).map((_, at) => (at * 7) % 251)),
  }),
});

test("a chunk is encoded to the very bytes the generated code writes", () => {
  fc.assert(
    fc.property(chunk, (value) => {
      const message = { part: { $case: "chunk" as const, value } };
      const expected = TrainStepRequest.encode(message).finish();
      const { encode } = ChunkedTrainingDefinition.methods.trainStep.requestType;
      return (
        Buffer.compare(encodeChunk(value), expected) === 0 &&
        Buffer.compare(encode(message).finish(), expected) === 0
      );
    }),
  );
});

test("other messages go through the generated code, and a chunk without a part is refused", () => {
  const end = { prompts: 1, sequences: 2, completionTokens: 3n, digest: Uint8Array.of(1) };
  const message = { part: { $case: "end" as const, value: end } };
  const { encode } = ChunkedTrainingDefinition.methods.trainStep.requestType;
  expect(encode(message).finish()).toEqual(TrainStepRequest.encode(message).finish());
  expect(() => encodeChunk({ column: 1, part: undefined })).toThrow(RangeError);
});
