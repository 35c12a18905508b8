import { Status } from "nice-grpc-common";
import type { Failure } from "../../../src/adapters/grpc/errors.js";

/** A failure that says nothing about whether to try again, unless `changes` do. */
export const failure = (changes: Partial<Failure> = {}): Failure => ({
  code: Status.UNAVAILABLE,
  reason: "R",
  message: "it broke",
  hint: "",
  retryable: false,
  resubmit: false,
  retryAfterMs: null,
  facts: {},
  ...changes,
});
