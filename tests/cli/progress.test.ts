import { join } from "node:path";
import { expect, jest, test } from "@jest/globals";
import { describeWithPython } from "../support/python.js";
import { set, until, withMarkdown, workplace } from "./spice.js";

jest.setTimeout(120_000);

describeWithPython("spice train without a terminal", () => {
  test("prints its first line of progress within 5 seconds, and names the phases that take long", async () => {
    await using place = await workplace();
    await withMarkdown(join(place.folder, "my-docs"));
    for (const words of [
      ["init", "--trainer", "fake"],
      ["corpus", "add", "my-docs"],
    ])
      expect((await place.run(...words)).code).toBe(0);
    const began = performance.now();
    const training = place.start("train", ...set("steps=1", 'trainer.engine={"load_seconds":20}'));
    await until(training, "preparing the run\n");
    expect((performance.now() - began) / 1000).toBeLessThan(5);
    await until(training, "starting the trainer\n");
    await until(training, "loading the model 0/20\n");
    expect(training.stderr()).not.toContain("\r");
    training.child.kill("SIGINT");
    training.child.kill("SIGINT");
    expect((await training.done).code).toBe(130);
  });
});
