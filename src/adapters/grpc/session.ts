import { createHash } from "node:crypto";
import { Status } from "nice-grpc-common";
import type { Header } from "../../gen/spice/trainer/v1/common.js";
import type { Operation } from "../../gen/spice/trainer/v1/operations.js";
import { withRetry } from "./calls.js";
import { type Clients, TIMEOUT_MS } from "./clients.js";
import { TrainerError } from "./errors.js";

/** How a mutating verb is sent: with the same header and bytes every time it is repeated. */
export type Send = (header: Header, signal: AbortSignal) => Promise<{ operation: Operation | undefined }>;

/**
 * Order and idempotency of mutating verbs. One at a time; each takes the next client_seq, and a repeat after a dropped
 * connection carries the same one, so that the trainer does the work once.
 */
export class MutationSequence {
  #last = 0n;
  /** The last call ended without an answer: whether it was accepted has to be asked. */
  #uncertain = false;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly clients: Clients,
    private readonly sessionId: string,
    private readonly epoch: number,
  ) {}

  /** Sends a verb once the ones before it were sent. `payload` parts identify it (Header.payload_digest). */
  send(
    payload: readonly (Uint8Array | string)[],
    expectedStep: number,
    signal: AbortSignal,
    send: Send,
  ): Promise<Operation | undefined> {
    const turn = this.#tail.then(() => this.#send(payload, expectedStep, signal, send));
    this.#tail = turn.catch(() => undefined);
    return turn;
  }

  async #send(
    payload: readonly (Uint8Array | string)[],
    expectedStep: number,
    signal: AbortSignal,
    send: Send,
  ) {
    signal.throwIfAborted();
    if (this.#uncertain) await this.#reconcile(signal);
    const hash = createHash("sha256");
    for (const part of payload) hash.update(part);
    const header: Header = {
      sessionId: this.sessionId,
      epoch: this.epoch,
      clientSeq: this.#last + 1n,
      payloadDigest: hash.digest(),
      expectedStep,
      traceparent: "",
      budgetSeconds: 0,
    };
    try {
      const { operation } = await withRetry(() => send(header, signal), signal);
      this.#last = header.clientSeq;
      return operation;
    } catch (error) {
      this.#uncertain = !(error instanceof TrainerError) || !isRefusal(error);
      throw error;
    }
  }

  async #reconcile(signal: AbortSignal): Promise<void> {
    const { sessionId } = this;
    const state = await withRetry(
      () => this.clients.session.describe({ sessionId }, { timeoutMs: TIMEOUT_MS.read, signal }),
      signal,
    );
    this.#last = state.lastClientSeq;
    this.#uncertain = false;
  }
}

/** Refused before it was accepted: the client_seq is free for the next verb. */
function isRefusal({ failure }: TrainerError): boolean {
  return [
    Status.INVALID_ARGUMENT,
    Status.OUT_OF_RANGE,
    Status.FAILED_PRECONDITION,
    Status.NOT_FOUND,
    Status.UNIMPLEMENTED,
    Status.UNAUTHENTICATED,
    Status.DATA_LOSS,
  ].includes(failure.code);
}
