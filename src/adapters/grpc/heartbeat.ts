import { Status } from "nice-grpc-common";
import { sleep } from "./abort.js";
import type { Clients } from "./clients.js";
import { TrainerError } from "./errors.js";

/** The session whose lease is renewed. `leaseSeconds` is the length of the lease in seconds. */
export interface HeartbeatOptions {
  readonly sessionId: string;
  readonly epoch: number;
  readonly leaseSeconds: number;
  /**
   * Called when the session is lost: another client took it over, its lease expired and the
   * trainer refuses its calls, or the trainer restarted and does not have it.
   */
  readonly onLost: (error: TrainerError) => void;
}

/**
 * Renews the lease after each third of its length, until disposal. A failed heartbeat is repeated
 * at the next interval, and the lease limits the damage. Disposal waits for the loop to end.
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
