import { Status } from "nice-grpc-common";
import type { Failure } from "./errors.js";

/** Calls in all, the first one included. */
const MAX_ATTEMPTS = 5;
/** A call that was not answered in time has taken its whole deadline: waiting as often as for a refused one would be minutes. */
const MAX_LATE_ATTEMPTS = 3;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5000;
/** A trainer that asks for more than this is not waited for: the person should know. */
const LONGEST_ASKED_MS = 60_000;

/**
 * Whether the same request may be sent again after `attempt` calls (1 or more): the error table of common.proto, and nothing else
 * decides. Only for calls that are safe to repeat: reads, and mutating verbs under their client_seq, which the trainer executes once
 * however often they come. What it refused stays refused; what must be reconciled first is not repeated blindly.
 */
export function mayRetry(failure: Failure, attempt: number): boolean {
  if (attempt >= MAX_ATTEMPTS) return false;
  switch (failure.code) {
    case Status.UNAVAILABLE:
      return true;
    case Status.DEADLINE_EXCEEDED:
      return attempt < MAX_LATE_ATTEMPTS;
    case Status.RESOURCE_EXHAUSTED:
      return failure.retryAfterMs !== null && failure.retryAfterMs <= LONGEST_ASKED_MS;
    case Status.INTERNAL:
      // A bug gets one more try.
      return attempt === 1;
    default:
      return false;
  }
}

/** Milliseconds before the next call: what the trainer asks for, else 100, 200, 400 ... at most 5000. */
export function retryDelayMs(failure: Failure, attempt: number): number {
  return failure.retryAfterMs ?? Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), LONGEST_DELAY_MS);
}
