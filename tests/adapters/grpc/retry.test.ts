import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Status } from "nice-grpc-common";
import type { Failure } from "../../../src/adapters/grpc/errors.js";
import { mayRetry, retryDelayMs } from "../../../src/adapters/grpc/retry.js";
import { failure } from "./failure.js";

const NEVER = [
  Status.CANCELLED,
  Status.UNKNOWN,
  Status.INVALID_ARGUMENT,
  Status.NOT_FOUND,
  Status.ALREADY_EXISTS,
  Status.PERMISSION_DENIED,
  Status.FAILED_PRECONDITION,
  Status.ABORTED,
  Status.OUT_OF_RANGE,
  Status.UNIMPLEMENTED,
  Status.DATA_LOSS,
  Status.UNAUTHENTICATED,
];

const anyFailure = fc
  .record({
    code: fc.constantFrom(...Object.values(Status).filter((one): one is Status => typeof one === "number")),
    retryable: fc.boolean(),
    resubmit: fc.boolean(),
    retryAfterMs: fc.option(fc.integer({ min: 0, max: 10 ** 7 })),
  })
  .map((changes) => failure(changes));

/** How often a call that always fails alike is sent. */
const calls = (one: Failure): number => {
  let attempt = 1;
  while (mayRetry(one, attempt)) attempt += 1;
  return attempt;
};

describe("the retry policy", () => {
  test.each([
    ["a trainer that is not there", failure(), 5],
    ["no answer in time", failure({ code: Status.DEADLINE_EXCEEDED }), 3],
    ["a full queue", failure({ code: Status.RESOURCE_EXHAUSTED, retryAfterMs: 70 }), 5],
    [
      "a full queue that says wait for an hour",
      failure({ code: Status.RESOURCE_EXHAUSTED, retryAfterMs: 3.6e6 }),
      1,
    ],
    ["a batch too large", failure({ code: Status.RESOURCE_EXHAUSTED, retryable: true }), 1],
    ["a bug", failure({ code: Status.INTERNAL }), 2],
  ])("%s: %j is sent %i times", (_, one, expected) => {
    expect(calls(one)).toBe(expected);
  });

  test("what the error table says not to repeat is not repeated, whatever the trainer claims", () => {
    fc.assert(
      fc.property(
        anyFailure,
        fc.constantFrom(...NEVER),
        fc.integer({ min: 1, max: 9 }),
        (one, code, attempt) => {
          return !mayRetry({ ...one, code }, attempt);
        },
      ),
    );
  });

  test("every failure ends after at most five calls, and a call more never makes one more likely", () => {
    fc.assert(
      fc.property(anyFailure, (one) => {
        const allowed = Array.from({ length: 9 }, (_, index) => mayRetry(one, index + 1));
        return (
          calls(one) <= 5 && allowed.every((may, index) => index === 0 || !may || allowed[index - 1] === true)
        );
      }),
    );
  });

  test("delays double up to a bound, unless the trainer asks for its own", () => {
    expect([1, 2, 3, 20].map((attempt) => retryDelayMs(failure(), attempt))).toEqual([100, 200, 400, 5000]);
    fc.assert(
      fc.property(anyFailure, fc.integer({ min: 1, max: 40 }), (one, attempt) => {
        const delay = retryDelayMs(one, attempt);
        return one.retryAfterMs === null ? delay >= 100 && delay <= 5000 : delay === one.retryAfterMs;
      }),
    );
  });
});
