import { setTimeout as sleep } from "node:timers/promises";
import type { SampleRequest } from "../../src/app/ports/trainer.js";
import { batchOf, OPTIM } from "./batches.js";
import { type Fault, outcome } from "./fault.js";
import { codeOf, connect, sidecarIn } from "./sidecar.js";

const request = (samples: number): SampleRequest => ({
  prompts: [
    {
      prompt: { kind: "text", text: "a" },
      seeds: Array.from({ length: samples }, (_, index) => BigInt(index)),
    },
  ],
  params: { maxTokens: 16, temperature: 1, topP: 1, topK: 0, stopStrings: [] },
  policyVersion: null,
  wantLogprobs: false,
});

/**
 * A running generation is cancelled: the engine stops it, and serves the next generation
 * immediately.
 */
export const cancelSample: Fault = {
  name: "cancel during sample",
  async run(setting) {
    await using place = await setting.place();
    await using sidecar = await sidecarIn(place, setting);
    await using trainer = await connect(sidecar, { script: "none", sample_seconds: 0.5 });
    const cancel = new AbortController();
    let seen = 0;
    const drain = async (samples: number, signal?: AbortSignal) => {
      for await (const event of trainer.sample(request(samples), signal)) {
        if (event.kind !== "sample") continue;
        seen += 1;
        if (samples > 1) cancel.abort(Object.assign(new Error("enough"), { code: "CALLER" }));
      }
    };
    // 4000 samples of half a second each. Without cancellation the engine would be busy for half an
    // hour.
    const first = await codeOf(drain(4000, cancel.signal));
    const before = seen;
    const next = await codeOf(drain(1, AbortSignal.timeout(60_000)));
    return outcome("4000 samples asked for, left after the first", {
      "cancelled with": first,
      "caller's reason": first === "CALLER",
      "samples read": before,
      "next request served": next === "done" && seen === before + 1,
    });
  },
};

/**
 * A step is cancelled during its gradient: no weights change, and the same step can be taken
 * afterwards.
 */
export const cancelTrain: Fault = {
  name: "cancel during train",
  async run(setting) {
    await using place = await setting.place();
    await using sidecar = await sidecarIn(place, setting);
    await using trainer = await connect(sidecar, {
      script: "none",
      sequence_seconds: 0.2,
      microbatch_tokens: 64,
    });
    const before = await trainer.publish();
    const cancel = new AbortController();
    const training = codeOf(trainer.trainStep(batchOf(1000, 4), OPTIM, cancel.signal));
    await sleep(3000);
    cancel.abort(Object.assign(new Error("enough"), { code: "CALLER" }));
    const first = await training;
    const after = await trainer.publish(AbortSignal.timeout(60_000));
    const again = await codeOf(trainer.trainStep(batchOf(2, 4), OPTIM, AbortSignal.timeout(60_000)));
    return outcome("a step of 1000 sequences, cancelled after 3 s", {
      "cancelled with": first,
      "not done": first !== "done",
      "weights unchanged": after.digest === before.digest,
      "next step taken": again === "done" && trainer.step === 1,
    });
  },
};
