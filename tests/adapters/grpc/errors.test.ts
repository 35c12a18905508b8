import { describe, expect, test } from "@jest/globals";
import { Status } from "nice-grpc-common";
import { fromStatus, TrainerError } from "../../../src/adapters/grpc/errors.js";
import { ErrorInfo, RetryInfo } from "../../../src/gen/google/rpc/error_details.js";
import { failure } from "./failure.js";

describe("failures", () => {
  test("carry the trainer's reason, hint and facts; unknown details are left alone", () => {
    const info = {
      domain: "spice.trainer",
      reason: "CONTEXT_OVERFLOW",
      metadata: { hint: "shorten it", category: "user", retryable: "true", actual: "9" },
    };
    const status = {
      code: Status.OUT_OF_RANGE,
      message: "too long",
      details: [
        { typeUrl: "type.googleapis.com/google.rpc.ErrorInfo", value: ErrorInfo.encode(info).finish() },
        {
          typeUrl: "type.googleapis.com/google.rpc.RetryInfo",
          value: RetryInfo.encode({ retryDelay: { seconds: 1n, nanos: 500_000_000 } }).finish(),
        },
        { typeUrl: "type.googleapis.com/other", value: new Uint8Array([1, 2]) },
      ],
    };
    const read = fromStatus(status);
    expect(read).toMatchObject({
      reason: "CONTEXT_OVERFLOW",
      retryable: true,
      retryAfterMs: 1500,
      facts: { actual: "9" },
    });
    const error = new TrainerError(read, "Service/Method");
    expect(error).toMatchObject({
      code: "TRAINER_CONTEXT_OVERFLOW",
      message: "Too long.",
      hint: "Shorten it.",
      exit: 2,
      boundary: "trainer",
    });
    expect(new TrainerError(failure({ code: Status.DATA_LOSS, message: "" }), "m")).toMatchObject({
      exit: 5,
      message: "The trainer gave no reason.",
    });
  });
});
