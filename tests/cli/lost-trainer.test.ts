import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { causeOfLoss, whereItGoesOn } from "../../src/cli/runs/lost-trainer.js";

type Lost = Parameters<typeof whereItGoesOn>[0];

const lost = (committed: number, checkpoint: number | null, { warm = false, staged = false } = {}): Lost =>
  ({
    experiment: { steps: 9, warmup: { enabled: warm }, trainer: { maxRestarts: 3, address: null } },
    store: {
      committed,
      checkpoints: async () => (checkpoint === null ? [] : [{ step: checkpoint }]),
      staged: async () => (staged ? {} : null),
    },
  }) as unknown as Lost;

test.each([
  [lost(0, null), "There is no checkpoint, so the run begins with the base model. Step 1 begins again."],
  [
    lost(0, null, { warm: true }),
    "There is no checkpoint, so the warm start begins again. Step 1 begins again.",
  ],
  [lost(0, 0), "The weights are loaded from the checkpoint of the warm start. Step 1 begins again."],
  [
    lost(4, 2, { staged: true }),
    "The weights are loaded from the checkpoint of step 2. The recorded batches of the steps 3 to 4 are trained again. Step 5 was played already, so its training begins again.",
  ],
  [
    lost(9, 8),
    "The weights are loaded from the checkpoint of step 8. The recorded batch of step 9 is trained again.",
  ],
])("a restart says where the run goes on (%#)", async (run, where) => {
  expect(await whereItGoesOn(run, 2)).toBe(
    `Starting the trainer again: restart 2 of at most 3 in a row. ${where}`,
  );
});

test("the cause of a loss has the code, the end of the log once, and the path of the log", async () => {
  const logs = await mkdtemp(join(tmpdir(), "spice-lost-"));
  try {
    await writeFile(join(logs, "trainer.log"), "one\ntwo\n");
    const run = { ...lost(0, null), store: { logs } };
    const text = await causeOfLoss({ code: "TRAINER_UNREACHABLE", message: "It does not answer." }, run);
    const path = join(logs, "trainer.log");
    expect(text).toBe(
      `The trainer was lost (TRAINER_UNREACHABLE). It does not answer.\nIts log ends with:\n  one\n  two\n  log  ${path}`,
    );
    const quoting = await causeOfLoss({ code: "SIDECAR_EXITED", message: "It ended. Last: two" }, run);
    expect(quoting).not.toContain("Its log ends with");
  } finally {
    await rm(logs, { recursive: true });
  }
});
