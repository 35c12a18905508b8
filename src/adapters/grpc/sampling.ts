import { randomUUID } from "node:crypto";
import { Status } from "nice-grpc-common";
import type { Sample, SampleEvent, SampleRequest } from "../../app/ports.js";
import { LogprobMode } from "../../gen/spice/trainer/v1/common.js";
import type { SampleFinished, SampleResponse } from "../../gen/spice/trainer/v1/sampling.js";
import { linkedController, sleep } from "./abort.js";
import { type Clients, TIMEOUT_MS } from "./clients.js";
import { TrainerError } from "./errors.js";
import type { SampleGate } from "./gate.js";
import { finishReason, promptMessage } from "./mapping.js";
import { protocol } from "./operations.js";
import { float32s, int32Rows, int32s } from "./ragged.js";
import { mayRetry, retryDelayMs } from "./retry.js";

/** Keep-alives come at least every 10 s; three missed ones mean that the trainer hangs. */
const SILENCE_MS = 35_000;

export interface SamplingSession {
  readonly clients: Clients;
  readonly sessionId: string;
  readonly epoch: number;
  readonly gate: SampleGate;
  /** Ends with the session. */
  readonly lifetime: AbortSignal;
}

/** Samples as they finish. A call that failed before its first event is repeated when the trainer allows it. */
export async function* sampleEvents(
  session: SamplingSession,
  request: SampleRequest,
  signal: AbortSignal | undefined,
): AsyncGenerator<SampleEvent, void, undefined> {
  const { gate } = session;
  using controller = linkedController(signal, session.lifetime);
  let places = request.prompts.reduce((sum, one) => sum + one.seeds.length, 0);
  await gate.enter(places, controller.signal);
  try {
    for (let attempt = 1; ; attempt += 1) {
      let begun = false;
      try {
        for await (const event of attemptEvents(session, request, controller)) {
          begun = true;
          if (event.kind === "sample") {
            places -= 1;
            gate.leave(1);
          }
          yield event;
        }
        return;
      } catch (error) {
        if (begun || !(error instanceof TrainerError) || !mayRetry(error.failure, attempt)) throw error;
        await sleep(retryDelayMs(error.failure, attempt), controller.signal);
      }
    }
  } finally {
    if (places > 0) gate.leave(places);
  }
}

async function* attemptEvents(
  { clients, sessionId, epoch }: SamplingSession,
  request: SampleRequest,
  controller: AbortController,
): AsyncGenerator<SampleEvent, void, undefined> {
  const assembly = new Assembly(request.wantLogprobs);
  const stalled = () => controller.abort(silence());
  let watchdog = setTimeout(stalled, SILENCE_MS);
  let complete = false;
  try {
    const stream = clients.sampling.sample(requestMessage(request, sessionId, epoch), {
      timeoutMs: TIMEOUT_MS.sample,
      signal: controller.signal,
    });
    for await (const response of stream) {
      clearTimeout(watchdog);
      watchdog = setTimeout(stalled, SILENCE_MS);
      const event = assembly.add(response);
      if (event === null) continue;
      complete ||= event.kind === "done";
      yield event;
    }
  } finally {
    clearTimeout(watchdog);
  }
  if (!complete) throw protocol("a sampling stream ended before its last event");
}

function requestMessage(request: SampleRequest, sessionId: string, epoch: number) {
  const { maxTokens, temperature, topP, topK, stopStrings } = request.params;
  return {
    sessionId,
    epoch,
    requestId: randomUUID(),
    prompts: request.prompts.map(({ prompt, seeds }) => ({
      prompt: promptMessage(prompt),
      n: seeds.length,
      seeds: [...seeds],
    })),
    params: { maxTokens, temperature, topP, topK, stopStrings: [...stopStrings] },
    version: {
      selector:
        request.policyVersion === null
          ? { $case: "latest" as const, value: true }
          : { $case: "exact" as const, value: request.policyVersion },
    },
    returns: { text: true, logprobs: request.wantLogprobs, promptIds: true },
    logprobMode: LogprobMode.TEMPERATURE_SCALED,
  };
}

/** Puts chunks and finished messages of one call together. */
class Assembly {
  #version = 0;
  readonly #parts = new Map<string, { ids: Int32Array[]; logprobs: Float32Array[] }>();

  constructor(private readonly wantLogprobs: boolean) {}

  /** The event for the caller, or null. */
  add({ event }: SampleResponse): SampleEvent | null {
    switch (event?.$case) {
      case "started":
        this.#version = event.value.policyVersion;
        return { kind: "started", policyVersion: this.#version, promptIds: int32Rows(event.value.promptIds) };
      case "chunk": {
        const parts = this.#partsOf(event.value.promptIndex, event.value.sampleIndex);
        parts.ids.push(int32s(event.value.tokenIds));
        parts.logprobs.push(float32s(event.value.logprobs));
        return null;
      }
      case "finished":
        return { kind: "sample", sample: this.#finish(event.value) };
      case "done":
        return {
          kind: "done",
          promptTokens: Number(event.value.promptTokens),
          completionTokens: Number(event.value.completionTokens),
          seconds: event.value.seconds,
        };
      default:
        return null;
    }
  }

  #partsOf(promptIndex: number, sampleIndex: number) {
    const key = `${promptIndex}/${sampleIndex}`;
    const parts = this.#parts.get(key) ?? { ids: [], logprobs: [] };
    this.#parts.set(key, parts);
    return parts;
  }

  #finish(message: SampleFinished): Sample {
    const { promptIndex, sampleIndex, text, spans } = message;
    const parts = this.#partsOf(promptIndex, sampleIndex);
    this.#parts.delete(`${promptIndex}/${sampleIndex}`);
    const tokenIds = joinIds([...parts.ids, int32s(message.tokenIds)]);
    const logprobs = joinFloats([...parts.logprobs, float32s(message.logprobs)]);
    const reason = finishReason(message.reason);
    const judged = reason !== "aborted" && reason !== "error";
    if (this.wantLogprobs && judged && logprobs.length !== tokenIds.length) {
      throw protocol(`a sample has ${tokenIds.length} tokens but ${logprobs.length} log-probabilities`);
    }
    // A sample that crossed a publish counts as old as its oldest token.
    const policyVersion = spans.reduce(
      (oldest, span) => Math.min(oldest, span.policyVersion),
      spans[0]?.policyVersion ?? this.#version,
    );
    return {
      promptIndex,
      sampleIndex,
      tokenIds,
      logprobs: this.wantLogprobs ? logprobs : null,
      text,
      reason,
      policyVersion,
    };
  }
}

function joinIds(parts: readonly Int32Array[]): Int32Array {
  if (parts.length === 1 && parts[0] !== undefined) return parts[0];
  return Int32Array.from(parts.flatMap((part) => [...part]));
}

function joinFloats(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1 && parts[0] !== undefined) return parts[0];
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

function silence(): TrainerError {
  return new TrainerError(
    {
      code: Status.DEADLINE_EXCEEDED,
      reason: "STALLED",
      message: `The trainer sent nothing for ${SILENCE_MS / 1000} s while it was sampling`,
      hint: "",
      retryable: false,
      resubmit: false,
      retryAfterMs: null,
      facts: {},
    },
    "spice.trainer.v1.SamplingService/Sample",
  );
}
