import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { describeWithPython } from "../support/python.js";
import { copyFinishedRun, FINISHED } from "./shared/finished-run.js";
import { documents, set, type Workplace, workplace } from "./spice.js";

jest.setTimeout(180_000);

/** Everything of the episodes. */
const episodes = (folder: string) => readFile(join(folder, "episodes.jsonl"), "utf8");

describeWithPython("keeping house", () => {
  let place: Workplace;
  let long: string;
  const at = (name: string) => join(place.folder, name);
  const train = async (...words: readonly string[]) => {
    const done = await place.call("train", ...words);
    expect([done.code, done.code === 0 ? "" : done.stderr]).toEqual([0, ""]);
    return done;
  };
  beforeAll(async () => {
    place = await workplace();
    // The finished run has three steps.
    long = join("runs", await copyFinishedRun(place));
    await train(...set(...FINISHED), "-s", "steps=1", "--dir", at("runs/short"), "--name", "short");
  });
  afterAll(async () => {
    await place[Symbol.asyncDispose]();
  });

  test("a finished run with two more steps has the episodes of a run with three steps", async () => {
    await train("--resume", "short", "--steps", "+2");
    expect(await episodes(at("runs/short"))).toBe(await episodes(at(long)));
    const shown = await place.call("runs", "show", "short");
    expect([shown.code, shown.stdout]).toEqual([0, expect.stringContaining("step 3/3")]);
    expect(shown.stdout).toContain("1 step, extended to 3");
    expect((await place.call("runs", "replay", "short")).code).toBe(0);
    expect((await place.call("runs", "report", "short")).code).toBe(0);
  });

  test("a setting with --resume is refused and names the way to more steps", async () => {
    const refused = await place.call("train", "--resume", "short", "-s", "steps=6");
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("--steps =6")]);
    const alone = await place.call("train", "--steps", "+2");
    expect([alone.code, alone.stderr]).toEqual([2, expect.stringContaining("STEPS_WITHOUT_RUN")]);
    const fewer = await place.call("train", "--resume", "short", "--steps", "=2");
    expect([fewer.code, fewer.stderr]).toEqual([2, expect.stringContaining("STEPS_NOT_MORE")]);
  });

  test("a renamed run is found by name and listed; names of other runs and paths are refused", async () => {
    expect((await place.run("runs", "rename", "town", "reference")).code).toBe(0);
    expect((await place.call("runs", "list")).stdout).toContain("reference");
    expect((await place.call("runs", "show", "reference", "-q")).code).toBe(0);
    for (const [name, code] of [
      ["short", "RUN_NAME_TAKEN"],
      ["latest", "RUN_NAME_INVALID"],
      ["a/b", "RUN_NAME_INVALID"],
    ] as const) {
      const refused = await place.call("runs", "rename", "reference", name);
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining(code)]);
    }
  });

  test("prune keeps the newest checkpoint, with which the run gets another step", async () => {
    const [said] = documents(await place.call("runs", "prune", "short", "--dry-run", "--json"));
    expect(said).toMatchObject({ dryRun: true, runs: [{ checkpoints: [1, 2], batches: 3 }] });
    expect(await readdir(at("runs/short/checkpoints"))).toContain("000001");
    expect((await place.run("runs", "prune", "short")).code).toBe(0);
    const left = (await readdir(at("runs/short/checkpoints"))).filter((name) => name.startsWith("0"));
    expect(left).toEqual(["000003", "000003.json"]);
    await train("--resume", "short", "--steps", "=4");
    expect((await place.call("runs", "replay", "short")).code).toBe(0);
  });

  test("rm asks, so it refuses without a terminal; with --yes the run is gone", async () => {
    const asked = await place.call("runs", "rm", "short");
    expect([asked.code, asked.stderr]).toEqual([2, expect.stringContaining("CONFIRMATION_NEEDED")]);
    expect(existsSync(at("runs/short"))).toBe(true);
    expect((await place.run("runs", "rm", "short", "--yes")).code).toBe(0);
    expect(existsSync(at("runs/short"))).toBe(false);
    expect((await place.call("runs", "rm", "short", "--yes")).code).toBe(2);
  });
});
