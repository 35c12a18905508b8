import { randomUUID } from "node:crypto";
import { Status } from "nice-grpc-common";
import type { Sample, SampleEvent, SampleRequest } from "../../app/ports/trainer.js";
import { LogprobMode } from "../../gen/spice/trainer/v1/common.js";
import { linkedController, sleep } from "./abort.js";
import { type Clients, TIMEOUT_MS } from "./clients.js";
import { TrainerError } from "./errors.js";
import type { SampleGate } from "./gate.js";
import { promptMessage } from "./mapping.js";
import { MissingSamples } from "./missing-samples.js";
import { protocol } from "./operations.js";
import { mayRetry, retryDelayMs } from "./retry.js";
import { SampleAssembly } from "./sample-assembly.js";

/**
 * Keep-alive messages arrive at least every 10 s. Three missing messages mean that the trainer
 * hangs.
 */
const SILENCE_MS = 35_000;

/** The session that samples. */
export interface SamplingSession {
  readonly clients: Clients;
  readonly sessionId: string;
  readonly epoch: number;
  readonly gate: SampleGate;
  /** Aborts when the session ends. */
  readonly lifetime: AbortSignal;
}

/**
 * Yields samples when they finish. When a call fails in a way that allows a retry, the samples that
 * are still missing are requested again, with their own seeds and from the same policy version, so
 * no sample is generated twice. A sample that the engine lost counts as missing until the call ends
 * without an error, because an engine that fails reports its samples as lost before it fails the
 * call.
 *
 * @throws TrainerError, SpiceError `TRAINER_PROTOCOL` (exit 3)
 */
export async function* sampleEvents(
  session: SamplingSession,
  request: SampleRequest,
  signal: AbortSignal | undefined,
): AsyncGenerator<SampleEvent, void, undefined> {
  const { gate } = session;
  using controller = linkedController(signal, session.lifetime);
  const missing = new MissingSamples(request);
  let places = missing.count;
  let version = request.policyVersion;
  await gate.enter(places, controller.signal);
  try {
    for (let attempt = 1; ; attempt += 1) {
      const lost: Sample[] = [];
      const settle = (sample: Sample): SampleEvent => {
        missing.remove(sample);
        places -= 1;
        gate.leave(1);
        return { kind: "sample", sample };
      };
      try {
        const rest = missing.request(version);
        for await (const event of attemptEvents(session, rest.request, controller)) {
          if (event.kind === "started" && attempt > 1) continue;
          if (event.kind === "started") version = event.policyVersion;
          if (event.kind !== "sample") {
            if (event.kind === "done") yield* lost.map(settle);
            yield event;
            continue;
          }
          const sample = rest.original(event.sample);
          if (sample.reason === "error") lost.push(sample);
          else yield settle(sample);
        }
        return;
      } catch (error) {
        if (!(error instanceof TrainerError) || !mayRetry(error.failure, attempt)) throw error;
        if (missing.count === 0) {
          // The connection ended between the last sample and the totals, so the totals are unknown.
          yield { kind: "done", promptTokens: 0, completionTokens: 0, seconds: 0 };
          return;
        }
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
  const assembly = new SampleAssembly(request.wantLogprobs);
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
      const event = assembly.add(response);
      complete ||= event?.kind === "done";
      // The timer does not run while the caller works on the event, because that time is not a
      // silence of the trainer.
      if (event !== null) yield event;
      watchdog = setTimeout(stalled, SILENCE_MS);
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
