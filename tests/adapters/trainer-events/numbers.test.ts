import { expect, test } from "@jest/globals";
import { Numbers } from "../../../src/adapters/trainer-events/numbers.js";

const never = new AbortController().signal;
const seconds = () => Date.now() / 1000;

test("numbers that arrive shortly after the answer belong to the step that ended", async () => {
  const numbers = new Numbers();
  for (const step of [1, 2, 3]) {
    const sentAt = seconds();
    setTimeout(() => {
      numbers.add("train_step", { loss: step }, sentAt);
      numbers.add("publish", { policy_version: step }, sentAt);
    }, 20);
    expect(await numbers.drain("publish", never)).toEqual({
      "trainer.train_step.loss": step,
      "trainer.publish.policy_version": step,
    });
  }
});

test("numbers that were sent before the last call and arrive after it are in no step", async () => {
  const numbers = new Numbers();
  const before = seconds() - 1;
  numbers.add("publish", { policy_version: 1 }, before);
  await numbers.drain("publish", never);
  numbers.add("train_step", { loss: 9 }, before);
  numbers.add("train_step", { loss: 2 }, seconds() + 1);
  expect(await numbers.drain(null, never)).toEqual({ "trainer.train_step.loss": 2 });
});

test("a trainer that sends no numbers is waited for once, until it sends some", async () => {
  const numbers = new Numbers();
  const timed = async () => {
    const began = performance.now();
    await numbers.drain("publish", never);
    return performance.now() - began;
  };
  expect(await timed()).toBeGreaterThan(400);
  expect(await timed()).toBeLessThan(200);
  numbers.add("publish", { policy_version: 1 }, seconds() + 1);
  expect(await timed()).toBeLessThan(200);
  expect(await timed()).toBeGreaterThan(400);
});

test("the wait ends when the run is stopped", async () => {
  const numbers = new Numbers();
  numbers.add("sample", { seconds: 2 });
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 10);
  expect(await numbers.drain("publish", stop.signal)).toEqual({ "trainer.sample.seconds": 2 });
});
