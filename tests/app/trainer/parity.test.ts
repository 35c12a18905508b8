import { expect, test } from "@jest/globals";
import { SpiceError } from "../../../src/app/errors.js";
import type { Clock } from "../../../src/app/ports/clock.js";
import type { TrainBatch } from "../../../src/app/ports/trainer.js";
import { compareOnBatch, PARITY_ADAPTERS, type StartTrainer } from "../../../src/app/trainer/parity.js";
import { ScriptedTrainer } from "../../support/scripted-trainer.js";

const clock: Clock = { now: () => 0, iso: () => "", cpuSeconds: () => 0 };
const batch: TrainBatch = {
  prompts: [Int32Array.from([1])],
  sequences: [
    {
      promptRef: 0,
      completionIds: Int32Array.from([2, 3]),
      weights: Float32Array.from([1, 1]),
      advantages: Float32Array.from([1, 1]),
      behaviorLogprobs: null,
      temperature: 1,
      role: "challenger",
      groupId: "g",
      sampleId: "s",
    },
  ],
  loss: { kind: "cross_entropy" },
  normalizer: 2,
};
const optim = {
  learningRate: 1,
  beta1: 0.9,
  beta2: 0.9,
  epsilon: 1,
  weightDecay: 0,
  maxGradNorm: null,
  resetMoments: false,
};

/** Start scripted trainers, and note each start, the adapters it was given, and each end. */
function starts(refuse: (name: string, adapters: unknown) => SpiceError | null = () => null) {
  const log: string[] = [];
  const start: StartTrainer = async (name, adapters) => {
    log.push(`start ${name} ${adapters === null ? "full" : `rank ${adapters.rank}`}`);
    const error = refuse(name, adapters);
    if (error !== null) throw error;
    return {
      trainer: new ScriptedTrainer(() => ""),
      [Symbol.asyncDispose]: async () => {
        log.push(`end ${name}`);
      },
    };
  };
  return { log, start };
}

const compare = (names: readonly string[], start: StartTrainer, notes: string[] = []) =>
  compareOnBatch(
    names,
    { batch, optim, adapters: null },
    { start, clock, note: (line) => notes.push(line), signal: new AbortController().signal },
  );

const notDeclared = new SpiceError("No.", { code: "TRAINER_NOT_DECLARED", boundary: "trainer", hint: "." });

test("each trainer is started fresh and ended before the next one starts; the first is the reference", async () => {
  const { log, start } = starts();
  const rows = await compare(["one", "two"], start);
  expect(log).toEqual(["start one full", "end one", "start two full", "end two"]);
  expect(rows.map(({ trainer, same }) => [trainer, same])).toEqual([
    ["one", true],
    ["two", true],
  ]);
});

test("a trainer that has no full training is started again with adapters, and people are told", async () => {
  const { log, start } = starts((name, adapters) =>
    name === "two" && adapters === null ? notDeclared : null,
  );
  const notes: string[] = [];
  await compare(["one", "two"], start, notes);
  expect(log).toEqual([
    "start one full",
    "end one",
    "start two full",
    `start two rank ${PARITY_ADAPTERS.rank}`,
    "end two",
  ]);
  expect(notes.at(-1)).toContain("two trains adapters only");
});

test("a trainer that refuses adapters too, or fails for another reason, ends the comparison", async () => {
  await expect(compare(["one"], starts(() => notDeclared).start)).rejects.toBe(notDeclared);
  const gone = new SpiceError("Gone.", { code: "SIDECAR_EXITED", boundary: "trainer", hint: "." });
  const { log, start } = starts(() => gone);
  await expect(compare(["one"], start)).rejects.toBe(gone);
  expect(log).toEqual(["start one full"]);
});
