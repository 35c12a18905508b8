import { createHash } from "node:crypto";
import { Status } from "nice-grpc-common";
import type { Header } from "../../gen/spice/trainer/v1/common.js";
import type { Operation } from "../../gen/spice/trainer/v1/operations.js";
import { withRetry } from "./calls.js";
import { type Clients, TIMEOUT_MS } from "./clients.js";
import { TrainerError } from "./errors.js";

/** Sends a call that changes state. Every repetition has the same header and the same bytes. */
export type Send = (header: Header, signal: AbortSignal) => Promise<{ operation: Operation | undefined }>;

/**
 * Order and idempotency of calls that change state. One call runs at a time. Each call takes the
 * next client_seq. A repetition after a lost connection has the same client_seq, so that the
 * trainer does the work once.
 */
export class MutationSequence {
  #last = 0n;
  /**
   * True when the last call ended without an answer. The client must then ask whether the trainer
   * accepted it.
   */
  #uncertain = false;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly clients: Clients,
    private readonly sessionId: string,
    private readonly epoch: number,
  ) {}

  /**
   * Sends a call after all earlier calls were sent. `payload` identifies the call
   * (Header.payload_digest).
   */
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

/**
 * True when the trainer refused the call before it accepted it. The client_seq is then free for the
 * next call.
 */
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
