import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Fault, outcome } from "./fault.js";
import { codeOf, connect, residentMib, sidecarIn } from "./sidecar.js";

const SAMPLES = 4000;
/**
 * Bytes, which are the tokens of the fake trainer: 9 x 6000 bytes for each sample, about 200 MiB in
 * all.
 */
const LENGTH = 6000;
const MOST_GROWTH_MIB = 128;
/**
 * Growth of memory in a second that counts as none. On a busy machine a trainer that still fills
 * its buffer grows by 1 MiB.
 */
const STILL_MIB = 0.1;

/**
 * A client takes the first sample and then reads nothing: the trainer keeps at most 64 MiB for it,
 * and ends the request.
 */
export const slowConsumer: Fault = {
  name: "slow consumer",
  async run(setting) {
    await using place = await setting.place();
    const script = join(place.folder, "script.json");
    await writeFile(
      script,
      JSON.stringify({ rules: [{ match: "a", texts: [{ text: "b".repeat(LENGTH) }] }] }),
    );
    await using sidecar = await sidecarIn(place, setting);
    await using trainer = await connect(sidecar, { script });
    const before = await residentMib(sidecar.pid);
    let most = before;
    let read = 0;
    const slow = async () => {
      const seeds = Array.from({ length: SAMPLES }, (_, index) => BigInt(index));
      const events = trainer.sample({
        prompts: [{ prompt: { kind: "text", text: "a" }, seeds }],
        params: { maxTokens: LENGTH, temperature: 1, topP: 1, topK: 0, stopStrings: [] },
        policyVersion: null,
        wantLogprobs: false,
      });
      for await (const event of events) {
        if (event.kind !== "sample") continue;
        read += 1;
        if (read > 1) continue;
        // Waits until the memory of the trainer has not grown for five seconds.
        for (let still = 0; still < 5; ) {
          await sleep(1000);
          const now = await residentMib(sidecar.pid);
          still = now > most + STILL_MIB ? 0 : still + 1;
          most = Math.max(most, now);
        }
      }
    };
    const ended = await codeOf(slow());
    const alive = (await codeOf(trainer.publish())) === "done";
    return outcome(`${SAMPLES} samples of ${LENGTH} tokens, not read after the first`, {
      "memory grew by MiB": Math.round(most - before),
      bounded: most - before < MOST_GROWTH_MIB,
      "request ended with": ended,
      "as documented": ended === "TRAINER_SLOW_CONSUMER",
      "goes on": alive,
    });
  },
};
