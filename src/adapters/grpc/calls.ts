import { type CallOptions, ClientError, type ClientMiddlewareCall, Metadata, Status } from "nice-grpc-common";
import { linkedController, sleep } from "./abort.js";
import { type Failure, failureOf, TrainerError } from "./errors.js";
import { mayRetry, retryDelayMs } from "./retry.js";

const DETAILS_KEY = "grpc-status-details-bin";
/**
 * Milliseconds between the deadline that the server has and the deadline of this side. The answer
 * of the server explains more than a timeout of this side.
 */
const GRACE_MS = 2000;

/** An option that every call must have. */
export interface TimedCall {
  /**
   * Deadline of the call in milliseconds. It is sent as `grpc-timeout`. This side checks it too, so
   * that a stopped process cannot block the caller.
   */
  readonly timeoutMs: number;
}

/**
 * Middleware of every call: it adds the bearer token and the deadline, and turns failures into
 * `TrainerError`.
 *
 * @param token bearer token; null for a trainer without authentication
 * @param lifetime signal of the connection; when the trainer's process ends, calls in progress
 * reject at once with the reason of this signal
 * @throws TypeError when a call has no deadline
 */
export function callGate(token: string | null, lifetime: AbortSignal) {
  return async function* gate<Request, Response>(
    call: ClientMiddlewareCall<Request, Response>,
    options: CallOptions & Partial<TimedCall>,
    // biome-ignore lint/suspicious/noConfusingVoidType: nice-grpc requires this type.
  ): AsyncGenerator<Response, Response | void, undefined> {
    const { timeoutMs, signal, ...rest } = options;
    if (timeoutMs === undefined) throw new TypeError(`${call.method.path} was called without a deadline`);
    const metadata = Metadata(rest.metadata).set("grpc-timeout", `${Math.ceil(timeoutMs)}m`);
    if (token !== null) metadata.set("authorization", `Bearer ${token}`);
    let details: Uint8Array | string | undefined;
    using controller = linkedController(signal, lifetime);
    const late = new TrainerError(deadlineFailure(timeoutMs), call.method.path);
    const timer = setTimeout(() => controller.abort(late), timeoutMs + GRACE_MS);
    try {
      return yield* call.next(call.request, {
        ...rest,
        metadata,
        signal: controller.signal,
        onTrailer: (trailer) => {
          details = trailer.get(DETAILS_KEY);
          rest.onTrailer?.(trailer);
        },
      });
    } catch (error) {
      if (controller.signal.aborted && error instanceof Error && error.name === "AbortError")
        throw controller.signal.reason;
      if (error instanceof ClientError)
        throw new TrainerError(failureOf(error, details), call.method.path, error);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  };
}

/** Repeats a call as `mayRetry` allows. `send` must be safe to repeat. */
export async function withRetry<T>(send: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof TrainerError) || !mayRetry(error.failure, attempt)) throw error;
      await sleep(retryDelayMs(error.failure, attempt), signal);
    }
  }
}

function deadlineFailure(timeoutMs: number): Failure {
  return {
    code: Status.DEADLINE_EXCEEDED,
    reason: "NO_ANSWER",
    message: `The trainer did not answer within ${Math.round(timeoutMs / 1000)} s`,
    hint: "",
    retryable: false,
    resubmit: false,
    retryAfterMs: null,
    facts: {},
  };
}
