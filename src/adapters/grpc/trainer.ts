import type { Channel } from "nice-grpc";
import type {
  Capabilities,
  CheckpointInfo,
  ModelInfo,
  PolicyVersion,
  SampleEvent,
  SampleRequest,
  TrainBatch,
  Trainer,
  TrainOutcome,
} from "../../app/ports/trainer.js";
import type { OptimSpec } from "../../core/records/loss.js";
import type { Prompt } from "../../core/records/prompt.js";
import { PublishMode } from "../../gen/spice/trainer/v1/info.js";
import type { TrainStepRequest } from "../../gen/spice/trainer/v1/training.js";
import { linkedController } from "./abort.js";
import { withRetry } from "./calls.js";
import { type Clients, TIMEOUT_MS } from "./clients.js";
import { batchEnd, chunks, declaration, encodeBatch } from "./columns.js";
import { SampleGate } from "./gate.js";
import { lossMessage, optimMessage } from "./loss.js";
import { checkpointInfo, policyVersion, promptMessage, trainOutcome } from "./mapping.js";
import { type ResultOf, resultOf } from "./operations.js";
import { int32Rows } from "./ragged.js";
import { sampleEvents } from "./sampling.js";
import { scoreSequences } from "./scoring.js";
import { MutationSequence } from "./session.js";

/**
 * Assumed transfer speed for the deadline of a batch, in bytes per millisecond. It is slow for a
 * loopback connection.
 */
const BYTES_PER_MS = 10_000;

/** The parts that `connectTrainer` opens. */
export interface OpenSession {
  readonly clients: Clients;
  readonly channel: Channel;
  readonly sessionId: string;
  readonly epoch: number;
  readonly step: number;
  readonly model: ModelInfo;
  readonly capabilities: Capabilities;
  readonly maxQueuedSamples: number;
  readonly heartbeat: AsyncDisposable;
  /** Aborts when the session is lost or the trainer's process ends. */
  readonly lifetime: AbortSignal;
  readonly onProgress: (phase: string, done: number, total: number) => void;
}

/** The `Trainer` port over gRPC. */
export class GrpcTrainer implements Trainer {
  readonly model: ModelInfo;
  readonly capabilities: Capabilities;
  #step: number;
  readonly #mutations: MutationSequence;
  readonly #gate: SampleGate;

  constructor(private readonly session: OpenSession) {
    this.model = session.model;
    this.capabilities = session.capabilities;
    this.#step = session.step;
    this.#mutations = new MutationSequence(session.clients, session.sessionId, session.epoch);
    this.#gate = new SampleGate(session.maxQueuedSamples);
  }

  get step(): number {
    return this.#step;
  }

  async tokenize(prompts: readonly Prompt[], signal?: AbortSignal): Promise<readonly Int32Array[]> {
    using linked = linkedController(signal, this.session.lifetime);
    const options = { timeoutMs: TIMEOUT_MS.tokens, signal: linked.signal };
    const request = { prompts: prompts.map(promptMessage) };
    const answer = await withRetry(
      () => this.session.clients.tokens.tokenize(request, options),
      linked.signal,
    );
    return int32Rows(answer.tokenIds);
  }

  async encodeCompletions(texts: readonly string[], signal?: AbortSignal): Promise<readonly Int32Array[]> {
    using linked = linkedController(signal, this.session.lifetime);
    const options = { timeoutMs: TIMEOUT_MS.tokens, signal: linked.signal };
    const request = { texts: [...texts], appendEos: true };
    const answer = await withRetry(
      () => this.session.clients.tokens.encodeCompletions(request, options),
      linked.signal,
    );
    return int32Rows(answer.tokenIds);
  }

  sample(request: SampleRequest, signal?: AbortSignal): AsyncIterable<SampleEvent> {
    const { clients, sessionId, epoch, lifetime } = this.session;
    return sampleEvents({ clients, sessionId, epoch, lifetime, gate: this.#gate }, request, signal);
  }

  async trainStep(batch: TrainBatch, optim: OptimSpec, signal?: AbortSignal): Promise<TrainOutcome> {
    const columns = encodeBatch(batch);
    const end = batchEnd(batch, columns);
    const settings = {
      loss: lossMessage(batch.loss),
      normalizer: batch.normalizer,
      wantLogprobs: false,
      optim: optimMessage(optim),
    };
    const bytes = columns.reduce((sum, { data }) => sum + data.length, 0);
    const timeoutMs = TIMEOUT_MS.mutate + bytes / BYTES_PER_MS;
    const result = await this.#mutate(
      "trainStep",
      [JSON.stringify(settings), end.digest],
      signal,
      (header, sending) => {
        async function* parts(): AsyncGenerator<TrainStepRequest> {
          yield {
            part: { $case: "start", value: { header, columns: columns.map(declaration), ...settings } },
          };
          for (const value of chunks(columns)) yield { part: { $case: "chunk", value } };
          yield { part: { $case: "end", value: end } };
        }
        return this.session.clients.training.trainStep(parts(), { timeoutMs, signal: sending });
      },
    );
    const outcome = trainOutcome(result);
    this.#step = outcome.step;
    return outcome;
  }

  async score(
    batch: Pick<TrainBatch, "prompts" | "sequences">,
    signal?: AbortSignal,
  ): Promise<readonly Float32Array[]> {
    using linked = linkedController(signal, this.session.lifetime);
    return await withRetry(() => scoreSequences(this.session, batch, linked.signal), linked.signal);
  }

  async publish(signal?: AbortSignal): Promise<PolicyVersion> {
    const result = await this.#mutate("publish", ["publish"], signal, (header, sending) =>
      this.session.clients.weights.publish(
        { header, mode: PublishMode.UNSPECIFIED },
        { timeoutMs: TIMEOUT_MS.mutate, signal: sending },
      ),
    );
    return policyVersion(result.version);
  }

  async save(name: string, signal?: AbortSignal): Promise<CheckpointInfo> {
    const result = await this.#mutate("save", ["save", name], signal, (header, sending) =>
      this.session.clients.checkpoint.save(
        { header, path: name, metadata: {}, scopes: [] },
        { timeoutMs: TIMEOUT_MS.mutate, signal: sending },
      ),
    );
    return checkpointInfo(result);
  }

  async load(name: string, signal?: AbortSignal): Promise<CheckpointInfo> {
    const result = await this.#mutate("load", ["load", name], signal, (header, sending) =>
      this.session.clients.checkpoint.load(
        { header, path: name },
        { timeoutMs: TIMEOUT_MS.mutate, signal: sending },
      ),
    );
    this.#step = result.step;
    return checkpointInfo(result.checkpoint);
  }

  #mutate<Case extends Parameters<typeof resultOf>[2]>(
    kind: Case,
    payload: readonly (Uint8Array | string)[],
    signal: AbortSignal | undefined,
    send: Parameters<MutationSequence["send"]>[3],
  ): Promise<ResultOf<Case>> {
    const { clients, lifetime, onProgress } = this.session;
    const linked = linkedController(signal, lifetime);
    const options = { signal: linked.signal, onProgress };
    // The signal stays linked until the result arrives. When the caller abandons a step, the
    // trainer must still receive the request to cancel it.
    return this.#mutations
      .send(payload, this.#step, linked.signal, send)
      .then((operation) => resultOf(clients, operation, kind, options))
      .finally(() => linked[Symbol.dispose]());
  }

  /**
   * Closes the session and the connection. This also works when the trainer's process has ended.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    const { clients, channel, heartbeat, sessionId, epoch } = this.session;
    await heartbeat[Symbol.asyncDispose]();
    await clients.session.close({ sessionId, epoch }, { timeoutMs: TIMEOUT_MS.read }).catch(() => undefined);
    channel.close();
  }
}
