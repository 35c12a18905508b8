import { Status } from "nice-grpc-common";
import { sleep } from "./abort.js";
import type { Clients } from "./clients.js";
import { TrainerError } from "./errors.js";

export interface HeartbeatOptions {
  readonly sessionId: string;
  readonly epoch: number;
  readonly leaseSeconds: number;
  /** The session is lost: taken over, expired and fenced, or unknown after a restart. */
  readonly onLost: (error: TrainerError) => void;
}

/**
 * Renews the lease at a third of its length until disposed. A heartbeat that fails to arrive is tried again at the next turn:
 * the lease bounds the damage. Disposal waits for the loop, so no promise dangles.
 */
export function startHeartbeat(clients: Clients, options: HeartbeatOptions): AsyncDisposable {
  const stop = new AbortController();
  const everyMs = (options.leaseSeconds * 1000) / 3;
  const loop = async () => {
    while (true) {
      try {
        await sleep(everyMs, stop.signal);
        const { sessionId, epoch } = options;
        await clients.session.heartbeat({ sessionId, epoch }, { timeoutMs: everyMs, signal: stop.signal });
      } catch (error) {
        if (stop.signal.aborted) return;
        if (error instanceof TrainerError && isFatal(error)) {
          options.onLost(error);
          return;
        }
      }
    }
  };
  const done = loop();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await done;
    },
  };
}

function isFatal({ failure }: TrainerError): boolean {
  return failure.code === Status.FAILED_PRECONDITION || failure.code === Status.NOT_FOUND;
}
