import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, jest, test } from "@jest/globals";
import { readRunFiles } from "../../bench/chaos/compare.js";
import { requireTraining } from "../../bench/trained.js";
import { describeWithPython } from "../support/python.js";
import { copyCorpus, copyFinishedRun, FINISHED, finishedRun } from "./shared/finished-run.js";
import { documents, set, until, type Workplace, workplace } from "./spice.js";

jest.setTimeout(240_000);

describeWithPython("a run from the command line, on the fake trainer", () => {
  const proxies = { http_proxy: "http://127.0.0.1:9", https_proxy: "http://127.0.0.1:9" };
  const fresh = async (): Promise<Workplace> => {
    const place = await workplace(proxies);
    await copyCorpus(place);
    return place;
  };
  const settings = set(...FINISHED);
  type Place = Pick<Workplace, "folder">;
  const episodes = async (place: Place, run: string) =>
    readFile(join(place.folder, "runs", run, "episodes.jsonl"), "utf8");
  /**
   * Fails when the run does not train: two runs that train nothing are equal whatever the program
   * does.
   */
  const training = async (place: Place, run: string) =>
    requireTraining(run, await readRunFiles(join(place.folder, "runs", run)));
  const onlyRun = async (place: Workplace): Promise<string> => {
    const [run, second] = await readdir(join(place.folder, "runs"));
    expect(second).toBeUndefined();
    return run ?? "";
  };

  test("train, list, show, report, replay; then the same again gives identical episodes and weights", async () => {
    const finished = await finishedRun();
    const { done: trained } = finished;
    expect([trained.code, trained.stderr]).toEqual([0, expect.stringContaining("step 3/3")]);
    const lines = documents(trained);
    expect(lines.map((one) => one["schema"])).toEqual([...Array(3).fill("spice.step/1"), "spice.train/1"]);
    // Without a trained token, equal digests would say nothing.
    expect(lines.reduce((sum, one) => sum + Number(one["trained_tokens"] ?? 0), 0)).toBeGreaterThan(0);
    const summary = lines.at(-1) as { policyDigest: string; report: string };
    expect((await training(finished, finished.id)).trainedSteps).toEqual([1, 2, 3]);
    expect(await readFile(summary.report, "utf8")).toContain("<!doctype html>");
    await using place = await workplace(proxies);
    const run = await copyFinishedRun(place);

    expect((await place.run("runs", "list")).stdout).toContain("3/3");
    const [funnel] = documents(await place.run("runs", "funnel", "--json", "--step", "1"));
    expect(funnel).toMatchObject({ schema: "spice.funnel/1", step: 1, warnings: expect.any(Array) });
    const bare = documents(await place.run("runs", "funnel", "--json", "--examples", "0"))[0];
    expect([bare?.["schema"], JSON.stringify(bare).includes('"examples":[{')]).toEqual([
      "spice.funnel/1",
      false,
    ]);
    expect((await place.run("runs", "funnel")).stdout).toMatch(/read as a proposal +\d+ of +\d+/);
    const shown = documents(await place.run("runs", "show", "--json"))[0];
    expect(shown).toMatchObject({ state: "finished", verification: { ok: true }, facts: { steps: 3 } });
    expect((await place.run("runs", "replay")).stdout).toContain("Same:");
    const info = JSON.parse(await readFile(join(place.folder, "runs", run, "run.json"), "utf8")) as object;
    expect(info).toHaveProperty("provenance.snapshot.id");

    await using twin = await fresh();
    const again = documents(await twin.call("train", ...settings, "--json")).at(-1) as {
      policyDigest: string;
    };
    expect(again.policyDigest).toBe(summary.policyDigest);
    expect(await episodes(twin, await onlyRun(twin))).toBe(await episodes(place, run));
  });

  test("stopped after a step and resumed, a run ends as one that was not", async () => {
    await using place = await fresh();
    const stopped = await place.call("train", ...settings, "--max-steps", "2");
    expect([stopped.code, stopped.stderr]).toEqual([0, expect.stringContaining("spice train --resume")]);
    const run = await onlyRun(place);
    expect((await place.call("runs", "list")).stdout).toContain("interrupted");
    const changed = await place.call("train", "--resume", "-s", "seed=2");
    expect([changed.code, changed.stderr.includes("CONFIG_DRIFT")]).toEqual([2, true]);
    expect((await place.call("train", "--resume", run.slice(0, 19))).code).toBe(0);
    const whole = await finishedRun();
    expect(await episodes(place, run)).toBe(await episodes(whole, whole.id));
    expect(await training(place, run)).toEqual(await training(whole, whole.id));
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s finishes the step, saves, and exits with %i", async (signal, code) => {
    await using place = await fresh();
    const running = place.start(
      "train",
      ...settings,
      ...set("steps=500", 'trainer.engine={"sample_seconds":0.02}'),
    );
    await until(running, "step   1/500");
    running.child.kill(signal);
    expect((await running.done).code).toBe(code);
    const [list] = documents(await place.call("runs", "list", "--json"));
    const [run] = (list?.["runs"] ?? []) as { state: string; step: number; directory: string }[];
    expect(run).toMatchObject({ state: "interrupted" });
    expect(await readdir(join(run?.directory ?? "", "checkpoints"))).toContain(
      String(run?.step).padStart(6, "0"),
    );
  });

  test("two signals stop at once, and what was committed stays valid", async () => {
    await using place = await fresh();
    const running = place.start(
      "train",
      ...settings,
      ...set("steps=500", 'trainer.engine={"sample_seconds":3}'),
    );
    await until(running, "loading the model");
    await new Promise((resolve) => setTimeout(resolve, 1500));
    running.child.kill("SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 200));
    running.child.kill("SIGINT");
    expect((await running.done).code).toBe(130);
    expect(documents(await place.call("runs", "show", "--json"))[0]).toMatchObject({
      state: "interrupted",
      verification: { ok: true },
    });
  });

  test.each([
    ["a sidecar that dies", { die_after: { sample: 12 } }, 3, "SIDECAR_EXITED", "trainer.log"],
    ["a gradient that is not finite", { non_finite_at: 1 }, 4, "NON_FINITE_LOSS", "orchestrator.log"],
    ["an unknown engine setting", { warp: 9 }, 2, "TRAINER_NOT_DECLARED", "trainer.log"],
  ])(
    "%s: a clear error, the documented exit code, a valid run directory",
    async (_, engine, code, reason, log) => {
      await using place = await fresh();
      // Not started again: how a run goes on after that is for the recovery tests.
      const given = set("trainer.maxRestarts=0", `trainer.engine=${JSON.stringify(engine)}`);
      const failed = await place.run("train", ...settings, ...given);
      expect(failed.code).toBe(code);
      expect(failed.stderr).toContain(`error ${reason}`);
      expect(failed.stderr).toContain(log);
      expect(documents(await place.call("runs", "show", "--json"))[0]).toMatchObject({
        state: "failed",
        verification: { ok: true },
      });
    },
  );

  test("play shows every intermediate and leaves nothing behind", async () => {
    await using place = await fresh();
    const played = await place.run("play", ...settings);
    expect(played.code).toBe(0);
    for (const part of ["Document: ", "Challenger prompt", "Proposal 7", "blind", "open book", "Together"]) {
      expect(played.stdout).toContain(part);
    }
    expect(existsSync(join(place.folder, "runs"))).toBe(false);
    const [document] = documents(await place.call("play", ...settings, "--json"));
    expect(document).toHaveProperty("episode.proposals.7");
  });

  test("a dry run prints prompts and cost, plays a step, and writes nothing", async () => {
    await using place = await fresh();
    const dry = await place.run("train", ...settings, "--dry-run");
    expect(dry.code).toBe(0);
    expect(dry.stdout).toContain("challenger prompt");
    expect(dry.stdout).toContain("sampled tokens");
    expect(dry.stdout).toContain("Memory: not estimated, the trainer `fake` has no model");
    expect(dry.stdout.indexOf("as configured")).toBeGreaterThan(dry.stdout.indexOf("sampled tokens"));
    expect(existsSync(join(place.folder, "runs"))).toBe(false);
    const alone = await place.call("train", ...settings, "--dry-run", "--no-probe", "--json");
    expect(documents(alone)).toEqual([expect.objectContaining({ schema: "spice.dry-run/3", probe: null })]);
    const long = await place.call("train", ...settings, "--dry-run", "-s", "model.maxContextTokens=256");
    expect([long.code, long.stderr.includes("PROMPT_TOO_LONG")]).toEqual([2, true]);
  });

  test.each([
    [["probe"], { warp: 9 }, "TRAINER_NOT_DECLARED"],
    [["probe"], { die_after: { sample: 1 } }, "SIDECAR_EXITED"],
    [["play"], { die_after: { sample: 1 } }, "SIDECAR_EXITED"],
    [["train", "--dry-run"], { die_after: { sample: 1 } }, "SIDECAR_EXITED"],
  ])(
    "%j with %j leaves no folder behind, and shows the end of the trainer's log",
    async (words, engine, code) => {
      await using scratch = await workplace();
      await using place = await workplace({ TMPDIR: scratch.folder });
      await copyCorpus(place);
      const failed = await place.call(
        ...words,
        ...settings,
        ...set(`trainer.engine=${JSON.stringify(engine)}`),
      );
      expect([failed.code === 0, failed.stderr.includes(`error ${code}`)]).toEqual([false, true]);
      expect(failed.stderr).toContain("loading the backend fake");
      expect(failed.stderr).not.toContain(scratch.folder);
      expect(await readdir(scratch.folder)).toEqual([]);
    },
  );

  test("a tampered run is found by replay and show", async () => {
    await using place = await workplace();
    const path = join(place.folder, "runs", await copyFinishedRun(place), "episodes.jsonl");
    await writeFile(path, (await readFile(path, "utf8")).replace('"reward":-0.1', '"reward": 0.1'));
    expect((await place.run("runs", "replay")).code).toBe(5);
    expect((await place.call("runs", "show")).code).toBe(5);
  });

  test("a run directory that is in use, a corpus that is missing or empty, a trainer that is not there", async () => {
    await using place = await fresh();
    const expectError = async (args: readonly string[], code: number, reason: string) => {
      const result = await place.call("train", ...settings, ...args);
      expect([args, result.code, /error (\w+)/.exec(result.stderr)?.[1]]).toEqual([args, code, reason]);
      expect(existsSync(join(place.folder, "runs"))).toBe(false);
    };
    await expectError(["--dir", "corpus"], 2, "RUN_EXISTS");
    await expectError(["-s", "corpus.store=nowhere"], 2, "CORPUS_NOT_FOUND");
    await expectError(["-s", 'corpus.kinds=["poems"]'], 2, "CORPUS_NOT_FOUND");
    await expectError(["-s", "trainer.address=example.org:5000"], 2, "TRAINER_ADDRESS");
    const empty = await place.write("empty.txt", " \n");
    const added = await place.call(
      "corpus",
      "add",
      empty,
      "-s",
      "corpus.store=other",
      "--tokenizer",
      "nowhere",
    );
    expect([added.code, added.stderr.includes("TOKENIZER_MISSING")]).toEqual([3, true]);
  });

  test("a trainer that somebody else runs: its address, its token, a taken port", async () => {
    await using place = await fresh();
    await using served = await workplace({ SPICE_HOME: join(place.folder, "home") });
    const port = 20_000 + (process.pid % 20_000);
    const serving = served.start(
      "trainer",
      "serve",
      "--backend",
      "fake",
      "--listen",
      `127.0.0.1:${port}`,
      "--json",
    );
    await until(serving, "Listening on");
    const taken = await served.call("trainer", "serve", "--backend", "fake", "--listen", `127.0.0.1:${port}`);
    expect([taken.code, taken.stderr.includes("ADDRESS_IN_USE")]).toEqual([3, true]);
    const token = (await readFile(join(place.folder, "home", "trainer-token"), "utf8")).trim();
    await using client = await workplace({
      SPICE_TRAINER_ADDRESS: `127.0.0.1:${port}`,
      SPICE_TRAINER_TOKEN: token,
    });
    await copyCorpus(client);
    expect((await client.call("train", ...settings, "-q")).code).toBe(0);
    await using stranger = await workplace({ SPICE_TRAINER_ADDRESS: `127.0.0.1:${port}` });
    await copyCorpus(stranger);
    const refused = await stranger.call("train", ...settings);
    expect([refused.code, refused.stderr.includes("TRAINER_TOKEN")]).toEqual([3, true]);
    serving.child.kill("SIGTERM");
    await serving.done;
    const gone = await client.call("play", ...settings);
    expect([gone.code, gone.stderr.includes("TRAINER_UNREACHABLE")]).toEqual([3, true]);
  });
});
