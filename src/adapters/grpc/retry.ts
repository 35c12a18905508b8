import { Status } from "nice-grpc-common";
import type { Failure } from "./errors.js";

/** Largest number of calls, with the first call. */
const MAX_ATTEMPTS = 5;
/**
 * Largest number of calls when each exceeds its deadline. Each such call takes its whole deadline,
 * so five calls would take minutes.
 */
const MAX_LATE_ATTEMPTS = 3;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5000;
/**
 * Longest delay, in milliseconds, that this client waits at the request of a trainer. A person
 * should see a longer delay.
 */
const LONGEST_ASKED_MS = 60_000;

/**
 * True when the same request may be sent again after `attempt` calls (1 or more). The error table
 * of common.proto alone decides. The function is for calls that are safe to repeat: reads, and
 * calls that change state under their client_seq, which the trainer executes once even if they
 * arrive several times. A refused call is not repeated. A call is not repeated either when the
 * client must first read the state of the session.
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
      // An internal error is repeated once.
      return attempt === 1;
    default:
      return false;
  }
}

/**
 * Milliseconds before the next call: the delay that the trainer asks for, else 100, 200, 400 and so
 * on, at most 5000.
 */
export function retryDelayMs(failure: Failure, attempt: number): number {
  return failure.retryAfterMs ?? Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), LONGEST_DELAY_MS);
}
