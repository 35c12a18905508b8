import { batchOf, OPTIM } from "./batches.js";
import { type Fault, outcome } from "./fault.js";
import { codeOf, connect, sidecarIn } from "./sidecar.js";

const TOKENS = 8000;
const BYTES_A_TOKEN = 16;

/**
 * Batches much larger than the largest message: 64 MiB are sent in chunks, and more than the
 * declared 256 MiB are refused.
 */
export const bigBatch: Fault = {
  name: "64 MiB batch",
  async run(setting) {
    await using place = await setting.place();
    await using sidecar = await sidecarIn(place, setting);
    await using trainer = await connect(sidecar, { script: "none" });
    const sequences = (mib: number) => Math.ceil((mib << 20) / (TOKENS * BYTES_A_TOKEN));
    const taken = await codeOf(trainer.trainStep(batchOf(sequences(64), TOKENS), OPTIM));
    const refused = await codeOf(trainer.trainStep(batchOf(sequences(257), TOKENS), OPTIM));
    const after = await codeOf(trainer.trainStep(batchOf(1, 10), OPTIM));
    return outcome("64 MiB, then 257 MiB, then a small one", {
      "64 MiB trained": taken === "done",
      "257 MiB": refused,
      "refused as documented": refused === "TRAINER_BATCH_TOO_LARGE",
      "goes on after it": after === "done",
      "steps 2": trainer.step === 2,
    });
  },
};
