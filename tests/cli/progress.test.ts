import { join } from "node:path";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { describeWithPython } from "../support/python.js";
import type { Started } from "./process.js";
import { set, until, type Workplace, withMarkdown, workplace } from "./spice.js";

jest.setTimeout(120_000);

/** Seconds that a program may take from its start to its first line. */
const FIRST_LINE_SECONDS = 5;
/** Seconds that `spice config` takes on a machine that does nothing else, rounded up. */
const START_SECONDS = 1;

const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
};

describeWithPython("spice train without a terminal", () => {
  let place: Workplace;
  beforeAll(async () => {
    place = await workplace();
    await withMarkdown(join(place.folder, "my-docs"));
    for (const words of [
      ["init", "--trainer", "fake"],
      ["corpus", "add", "my-docs"],
    ])
      expect((await place.call(...words)).code).toBe(0);
  });
  afterAll(async () => {
    await place[Symbol.asyncDispose]();
  });

  /** Stop at once: with a second signal after the first one was seen. */
  const stop = async (training: Started): Promise<void> => {
    training.child.kill("SIGINT");
    await until(training, "Stopping after this step");
    training.child.kill("SIGINT");
    expect((await training.done).code).toBe(130);
  };

  test("prints its first line of progress within 5 seconds, and names the phases that take long", async () => {
    // Where other programs run too, every program starts later.
    const start = await seconds(() => place.run("config"));
    const most = FIRST_LINE_SECONDS + Math.max(0, start - START_SECONDS) * 2;
    const training = place.start("train", ...set("steps=1", 'trainer.engine={"load_seconds":60}'));
    expect(await seconds(() => until(training, "preparing the run\n"))).toBeLessThan(most);
    await until(training, "starting the trainer\n");
    await until(training, "loading the model 0/20\n");
    expect(training.stderr()).not.toContain("\r");
    await stop(training);
  });

  test("goes on saying what it does during a long phase", async () => {
    // With -v the longest silence is ten seconds instead of 20.
    const slow = set("steps=1", 'trainer.engine={"sequence_seconds":10}');
    const training = place.start("train", "-v", ...slow);
    await until(training, "\ntraining ");
    expect(training.stderr()).toMatch(/\ntraining \d+\/\d+, for \d+ s\n/);
    await stop(training);
  });
});
