import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { describeWithPython } from "../support/python.js";
import { copyCorpus } from "./shared/finished-run.js";
import { documents, FAKE, set, type Workplace, workplace } from "./spice.js";

jest.setTimeout(240_000);

const module = (kind: string, body: string) =>
  `import { define${kind} } from "spice-orchestrator/own-code";
export default define${kind}({ name: "mine", version: "1", ${body} });
`;
const REWARD = ["corpus.kinds=[]", "reward.kind=own", "reward.module=./reward.ts"];

describeWithPython("code of the user in a run on the fake trainer", () => {
  let place: Workplace;
  beforeAll(async () => {
    place = await workplace();
    await copyCorpus(place);
  });
  afterAll(async () => {
    await place[Symbol.asyncDispose]();
  });

  test("a loop ends with OWN_CODE_TIMEOUT; committed steps are kept, and the run goes on", async () => {
    // The first call of the second step loops: the thread counts its calls.
    await place.write(
      "reward.ts",
      `import { defineReward } from "spice-orchestrator/own-code";
let steps = new Set();
export default defineReward({ name: "loop", version: "1", reward: ({ task }) => {
  steps.add(task.segmentId);
  while (steps.size > 10) {}
  return 0.5;
} });
`,
    );
    const settings = set(...FAKE, ...REWARD, "run.dir=./loop", "run.ownCodeTimeoutMs=500");
    const ended = await place.run("train", ...settings);
    expect([ended.code, ended.stderr]).toEqual([2, expect.stringContaining("OWN_CODE_TIMEOUT")]);
    const [name = ""] = await readdir(join(place.folder, "loop"));
    const state = async () =>
      JSON.parse(await readFile(join(place.folder, "loop", name, "run.json"), "utf8")).status;
    expect(await state()).toBe("failed");
    const marks = await readFile(join(place.folder, "loop", name, "metrics.jsonl"), "utf8");
    expect(marks.trim().split("\n").length).toBeGreaterThanOrEqual(1);

    const resumed = await place.call("train", "--resume", name, "-s", "run.dir=./loop", "--max-steps", "2");
    expect(resumed.stderr).not.toContain("RUN_DAMAGED");
    const replayed = await place.call("runs", "replay", join("loop", name));
    expect([replayed.code, replayed.stdout]).toEqual([0, expect.stringContaining("Same:")]);
  });

  test("a reward without a value for a count of right answers is found before the run begins", async () => {
    await place.write("reward.ts", module("Reward", "reward: ({ blind }) => blind.correct / blind.correct"));
    const ended = await place.run("train", ...set(...FAKE, ...REWARD, "run.dir=./nan"));
    expect([ended.code, ended.stderr]).toEqual([2, expect.stringContaining("finite number, not NaN")]);
    await expect(readdir(join(place.folder, "nan"))).rejects.toThrow("ENOENT");
  });

  test("a corrected reward goes on with a run after --accept-code, and replay compares each step with its file", async () => {
    const reward = (body: string) => place.write("reward.ts", module("Reward", `reward: (${body}`));
    const shared = "let seen = new Set(); ";
    const faulty =
      "{ task }) => { seen.add(task.segmentId); if (seen.size > 10) throw new Error('fault'); return 0.5; }";
    await place.write("reward.ts", `${shared}${module("Reward", `reward: (${faulty}`)}`);
    const settings = set(...FAKE, ...REWARD, "run.dir=./fixed");
    const ended = await place.run("train", ...settings);
    expect([ended.code, ended.stderr]).toEqual([2, expect.stringContaining("OWN_CODE_THREW")]);
    const [name = ""] = await readdir(join(place.folder, "fixed"));
    const run = join("fixed", name);
    const before = await readFile(join(place.folder, "reward.ts"), "utf8");
    const steps = async () =>
      (await readFile(join(place.folder, run, "metrics.jsonl"), "utf8")).trim().split("\n").length;
    const played = await steps();

    await reward("{ blind }) => 1 - blind.correct / blind.graded");
    const refused = await place.call("train", "--resume", run);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("--accept-code")]);
    const accepted = await place.run("train", "--resume", run, "--accept-code");
    expect([accepted.code, accepted.stderr]).toEqual([0, expect.stringContaining("Accepted: ./reward.ts")]);
    expect(await steps()).toBe(3);

    const replayed = await place.call("runs", "replay", run);
    expect([replayed.code, replayed.stdout]).toEqual([
      0,
      expect.stringMatching(/^Same: .*\nNot compared: step/),
    ]);
    expect((await place.call("runs", "replay", run, "--step", "1")).stderr).toContain("OWN_CODE_CHANGED");
    expect((await place.call("runs", "show", run)).stdout).toContain(
      `./reward.ts changed after step ${played}`,
    );

    await place.write("reward.ts", before);
    const old = await place.call("runs", "replay", run, "--json");
    expect(documents(old)[0]).toMatchObject({
      ok: true,
      episodes: 8 * played,
      notCompared: [1, 2, 3].filter((step) => step > played),
    });
    expect((await place.call("train", "--resume", run)).stderr).toContain("OWN_CODE_CHANGED");
  });

  test("--accept-code without --resume is an error of usage", async () => {
    const { code, stderr } = await place.call("train", "--accept-code");
    expect([code, stderr]).toEqual([2, expect.stringContaining("ACCEPT_CODE_WITHOUT_RUN")]);
  });

  test("what a check prints does not break --json; a sink that fails gives a warning and ends nothing", async () => {
    await place.write(
      "check.ts",
      module("Check", 'check: () => { console.log("from the check"); return null; }'),
    );
    await place.write(
      "sink.ts",
      module("Sink", 'open: () => ({ step: () => { throw new Error("no disk"); } })'),
    );
    const own = [
      "corpus.kinds=[]",
      'admission.own=[{"module":"./check.ts"}]',
      'run.sinks=[{"module":"./sink.ts"}]',
    ];
    const done = await place.run("train", "--json", ...set(...FAKE, ...own, "steps=2"));
    expect([done.code, documents(done).at(-1)]).toEqual([0, expect.objectContaining({ finished: true })]);
    expect(done.stderr).toContain("./check.ts: from the check");
    expect(done.stderr.match(/OWN_CODE_THREW The sink threw an error: no disk/g)).toHaveLength(1);
  });

  test("a module that cannot be used is refused before the run directory is made", async () => {
    await place.write("reward.ts", module("Reward", "reward: 1"));
    const refused = await place.call("train", ...set(...FAKE, ...REWARD, "run.dir=./never"));
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("OWN_CODE_SHAPE")]);
    expect(await readdir(join(place.folder)).then((names) => names.includes("never"))).toBe(false);
  });

  test("a reader that fails on one file of a folder leaves it out and reads the others", async () => {
    await place.write(
      "reader.ts",
      module(
        "Reader",
        `endings: [".log"], parse: ({ text, path }) => {
  if (path.endsWith("loop.log")) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  if (path.endsWith("throw.log")) throw new Error("not today");
  return [{ text }];
}`,
      ),
    );
    await place.call("init", "logs", "--trainer", "fake");
    for (const name of ["a", "loop", "throw", "z"])
      await place.write(
        `logs/${name}.log`,
        `The harbor of ${name} was dredged in 1874 by the engineer Freda Lund.\n`,
      );
    const settings = [
      "corpus.store=./other",
      'corpus.readers=[{"module":"./reader.ts"}]',
      "run.ownCodeReadTimeoutMs=8000",
      ...FAKE,
    ];
    const added = await place.run("corpus", "add", "logs", "--json", ...set(...settings));
    expect([added.code, documents(added)[0]]).toEqual([
      0,
      expect.objectContaining({ skipped: expect.objectContaining({ reader_failed: 2 }) }),
    ]);
    const leftOut = await place.call("corpus", "left-out", ...set(...settings));
    expect(leftOut.stdout).toContain("The reader threw an error: not today");
    expect(leftOut.stdout).toContain("did not end `parse` within 8000 ms");
  });
});
