import { describe, expect, test } from "@jest/globals";
import { Status } from "nice-grpc-common";
import type { Clients } from "../../../src/adapters/grpc/clients.js";
import { TrainerError } from "../../../src/adapters/grpc/errors.js";
import { SampleGate } from "../../../src/adapters/grpc/gate.js";
import { sampleEvents } from "../../../src/adapters/grpc/sampling.js";
import type { SampleEvent } from "../../../src/app/ports/trainer.js";

import { Dtype } from "../../../src/gen/spice/trainer/v1/columns.js";
import {
  FinishReason,
  SampleBatchDone,
  SampleFinished,
  type SampleRequest,
  SampleResponse,
  SampleStarted,
} from "../../../src/gen/spice/trainer/v1/sampling.js";
import { failure } from "./failure.js";

const NO_IDS = {
  dtype: Dtype.INT32,
  data: new Uint8Array(),
  offsets: new Uint8Array(new Uint32Array([0, 0]).buffer),
};
const started = () =>
  SampleResponse.fromPartial({
    event: { $case: "started", value: SampleStarted.fromPartial({ policyVersion: 3, promptIds: NO_IDS }) },
  });
const finished = (sampleIndex: number, reason: FinishReason) =>
  SampleResponse.fromPartial({
    event: {
      $case: "finished",
      value: SampleFinished.fromPartial({ sampleIndex, reason, text: `sample ${sampleIndex}` }),
    },
  });
const done = () =>
  SampleResponse.fromPartial({ event: { $case: "done", value: SampleBatchDone.fromPartial({}) } });
const dead = new TrainerError(
  failure({ code: Status.UNAVAILABLE, reason: "SAMPLER_DIED", retryAfterMs: 1 }),
  "Sample",
);

/** A trainer that answers each call with the next of these streams. */
function trainerOf(...streams: readonly (readonly (SampleResponse | TrainerError)[])[]) {
  const calls: (readonly bigint[])[] = [];
  async function* answer(stream: readonly (SampleResponse | TrainerError)[]) {
    for (const one of stream) {
      await Promise.resolve();
      if (one instanceof TrainerError) throw one;
      yield one;
    }
  }
  const sample = (request: SampleRequest) => {
    const stream = streams[calls.length];
    calls.push(request.prompts.flatMap((prompt) => prompt.seeds));
    return answer(stream ?? []);
  };
  return { calls, clients: { sampling: { sample } } as unknown as Clients };
}

const REQUEST = {
  prompts: [{ prompt: { kind: "text", text: "Hi" }, seeds: [10n, 11n, 12n] }],
  params: { maxTokens: 4, temperature: 1, topP: 1, topK: 0, stopStrings: [] },
  policyVersion: null,
  wantLogprobs: false,
} as const;

async function collect({ clients }: { readonly clients: Clients }): Promise<SampleEvent[]> {
  const lifetime = new AbortController().signal;
  const session = { clients, sessionId: "s", epoch: 1, gate: new SampleGate(3), lifetime };
  const events: SampleEvent[] = [];
  for await (const event of sampleEvents(session, REQUEST, undefined)) events.push(event);
  return events;
}

const samplesOf = (events: readonly SampleEvent[]) =>
  events.flatMap((event) =>
    event.kind === "sample" ? [[event.sample.sampleIndex, event.sample.reason]] : [],
  );

describe("an engine that dies in the middle of a call", () => {
  test("what it lost is asked for again, and nothing that had come", async () => {
    const trainer = trainerOf(
      [
        started(),
        finished(1, FinishReason.STOP_TOKEN),
        finished(0, FinishReason.ERROR),
        finished(2, FinishReason.ERROR),
        dead,
      ],
      [started(), finished(1, FinishReason.STOP_TOKEN), finished(0, FinishReason.STOP_TOKEN), done()],
    );
    expect(samplesOf(await collect(trainer))).toEqual([
      [1, "stop_token"],
      [2, "stop_token"],
      [0, "stop_token"],
    ]);
    expect(trainer.calls).toEqual([
      [10n, 11n, 12n],
      [10n, 12n],
    ]);
  });

  test("a sample that is lost in a call that ends well is handed over as lost", async () => {
    const trainer = trainerOf([
      started(),
      finished(0, FinishReason.ERROR),
      finished(1, FinishReason.STOP_TOKEN),
      finished(2, FinishReason.STOP_TOKEN),
      done(),
    ]);
    const events = await collect(trainer);
    expect(samplesOf(events)).toEqual([
      [1, "stop_token"],
      [2, "stop_token"],
      [0, "error"],
    ]);
    expect(events.at(-1)?.kind).toBe("done");
  });

  test("cut off after the last sample, nothing is asked for again", async () => {
    const all = [0, 1, 2].map((index) => finished(index, FinishReason.STOP_TOKEN));
    const trainer = trainerOf([started(), ...all, dead]);
    const events = await collect(trainer);
    expect(samplesOf(events)).toHaveLength(3);
    expect(events.at(-1)?.kind).toBe("done");
    expect(trainer.calls).toHaveLength(1);
  });
});
