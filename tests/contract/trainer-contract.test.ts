import { describe, jest } from "@jest/globals";
import { describeWithPython } from "../support/python.js";
import { ScriptedTrainer } from "../support/scripted-trainer.js";
import { trainerContract } from "../support/trainer-contract.js";
import { startFake } from "./fake-trainer.js";

jest.setTimeout(60_000);

describeWithPython("a sidecar behind gRPC", () => {
  trainerContract(async () => {
    const fake = await startFake();
    const trainer = await fake.connect();
    const close = trainer[Symbol.asyncDispose].bind(trainer);
    // Each test has a process of its own and so begins at step 0.
    trainer[Symbol.asyncDispose] = async () => {
      await close();
      await fake[Symbol.asyncDispose]();
    };
    return trainer;
  });
});

describe("the scripted trainer of the tests", () => {
  trainerContract(async () => new ScriptedTrainer((prompt, seed) => `${prompt} ${seed}`));
});
