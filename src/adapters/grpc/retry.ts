import { Status } from "nice-grpc-common";
import type { Failure } from "./errors.js";

/** Calls in all, the first one included. */
const MAX_ATTEMPTS = 5;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5000;

/**
 * Whether the same request may be sent again after `attempt` calls (1 or more). Only for calls that are safe to repeat: reads,
 * and mutating verbs under their client_seq. What the trainer refused stays refused; INTERNAL is a bug and gets one more try.
 */
export function mayRetry(failure: Failure, attempt: number): boolean {
  if (attempt >= MAX_ATTEMPTS) return false;
  if (failure.resubmit) return true;
  switch (failure.code) {
    case Status.UNAVAILABLE:
      return true;
    case Status.RESOURCE_EXHAUSTED:
      return failure.retryable && failure.retryAfterMs !== null;
    case Status.INTERNAL:
      return attempt === 1;
    default:
      return false;
  }
}

/** Milliseconds before the next call: what the trainer asks for, else 100, 200, 400 ... at most 5000. */
export function retryDelayMs(failure: Failure, attempt: number): number {
  return failure.retryAfterMs ?? Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), LONGEST_DELAY_MS);
}
