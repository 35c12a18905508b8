import { type CallOptions, ClientError, type ClientMiddlewareCall, Metadata, Status } from "nice-grpc-common";
import { linkedController, sleep } from "./abort.js";
import { type Failure, failureOf, TrainerError } from "./errors.js";
import { mayRetry, retryDelayMs } from "./retry.js";

const DETAILS_KEY = "grpc-status-details-bin";
/** Beyond the deadline the server was told, before this side gives up on its own: the server's answer says more. */
const GRACE_MS = 2000;

/** What every call must say. */
export interface TimedCall {
  /** Milliseconds; sent as `grpc-timeout` and enforced here too, so that a stopped process cannot hang the caller. */
  readonly timeoutMs: number;
}

/**
 * One gate for every call: bearer token, deadline, and failures as `TrainerError`. `lifetime` is the connection's: when the
 * trainer's process ends, calls in flight reject with its reason at once.
 */
export function callGate(token: string | null, lifetime: AbortSignal) {
  return async function* gate<Request, Response>(
    call: ClientMiddlewareCall<Request, Response>,
    options: CallOptions & Partial<TimedCall>,
    // biome-ignore lint/suspicious/noConfusingVoidType: the type that nice-grpc asks of a middleware.
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

/** Call again what may be called again. `send` must be safe to repeat. */
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
