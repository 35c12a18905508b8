import { afterAll, beforeAll, describe, jest } from "@jest/globals";
import { describeWithPython } from "../support/python.js";
import { ScriptedTrainer } from "../support/scripted-trainer.js";
import { trainerContract } from "../support/trainer-contract.js";
import { type FakeTrainer, startFake } from "./fake-trainer.js";

jest.setTimeout(60_000);

describeWithPython("a sidecar behind gRPC", () => {
  let fake: FakeTrainer;
  beforeAll(async () => {
    fake = await startFake();
  });
  afterAll(async () => {
    await fake[Symbol.asyncDispose]();
  });

  trainerContract(() => fake.connect());
});

describe("the scripted trainer of the tests", () => {
  trainerContract(async () => new ScriptedTrainer((prompt, seed) => `${prompt} ${seed}`));
});
