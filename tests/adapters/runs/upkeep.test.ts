import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { createRun } from "../../../src/adapters/runs/create-run.js";
import { listRuns } from "../../../src/adapters/runs/list-runs.js";
import { openForUpkeep, openRun } from "../../../src/adapters/runs/open-run.js";
import { readRun } from "../../../src/adapters/runs/read-run.js";
import { removeRun } from "../../../src/adapters/runs/remove-run.js";
import { findRun } from "../../../src/cli/compose/find-run.js";
import { extendedSteps, moreSteps } from "../../../src/cli/runs/more-steps.js";
import { pruneRun } from "../../../src/cli/runs/prune-run.js";
import type { Experiment } from "../../../src/core/experiment/experiment.js";
import { checkpointOf } from "../../support/run-store-contract.js";
import { collect, FIXED_CLOCK, runOptions } from "../support/run-fixtures.js";
import { tempFolder } from "../support/temp-folder.js";

const OPTIM = { ...{ learningRate: 1e-6, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0 } };

/** A finished run of three steps with a checkpoint and a batch of each. */
async function finishedRun(
  root: string,
  digestAfter = (step: number): string => `digest-${step}`,
): Promise<string> {
  const options = runOptions(root);
  const trainer = { kind: "fake", address: null } as Experiment["trainer"];
  await using store = await createRun({ ...options, experiment: { ...options.experiment, trainer } });
  await store.begin({ policyVersion: 1, policyDigest: "start", checkpoint: null });
  for (const step of [1, 2, 3]) {
    const checkpoint = checkpointOf(step);
    const weights = join(store.directory, "checkpoints", checkpoint.path);
    await mkdir(weights);
    await writeFile(join(weights, "model.safetensors"), "w".repeat(1000));
    await store.stage({
      step,
      episodes: [],
      optim: { ...OPTIM, maxGradNorm: null, resetMoments: false },
      batch: null,
      sampled: { promptTokens: 0, completionTokens: 0, retries: 0, seconds: 0, cpuSeconds: 0 },
    });
    const digests = { policyVersion: step + 1, policyDigest: digestAfter(step) };
    await store.commit({ step, episodes: [], metrics: { step }, ...digests, checkpoint });
  }
  await store.setStatus("finished");
  return store.directory;
}

const eventsOf = async (directory: string) =>
  (await collect((await readRun(directory)).audit())).map(({ event }) => event);

test("the list says of a run that no step changed its weights", async () => {
  await using root = await tempFolder();
  await finishedRun(root.path, () => "start");
  expect((await listRuns(root.path))[0]?.detail).toBe("no step changed the weights");
  await using other = await tempFolder();
  await finishedRun(other.path);
  expect((await listRuns(other.path))[0]?.detail).toBe("");
});

describe("more steps for a run", () => {
  test("the audit log has the number, config.json and its digest stay, and every reader sees it", async () => {
    await using root = await tempFolder();
    const directory = await finishedRun(root.path);
    const before = await readFile(join(directory, "config.json"), "utf8");
    const { startedSteps } = await readRun(directory);
    {
      await using store = await openRun(directory, { clock: FIXED_CLOCK });
      await store.extend(startedSteps, startedSteps + 20);
      await expect(async () => store.extend(9, 9)).rejects.toThrow("not more");
      expect(() => store.audit("extended", { to: 1 })).toThrow("written by the store itself");
    }
    const run = await readRun(directory);
    expect([run.config.steps, run.startedSteps]).toEqual([startedSteps + 20, startedSteps]);
    expect(await readFile(join(directory, "config.json"), "utf8")).toBe(before);
    expect(await run.verify()).toMatchObject({ ok: true, problems: [] });
    expect((await listRuns(root.path))[0]?.steps).toBe(startedSteps + 20);
    expect((await collect(run.audit())).at(-1)).toMatchObject({
      event: "extended",
      data: { from: startedSteps, to: startedSteps + 20, committed: 3 },
    });
  });

  test("changed code of the user is recorded; the steps before keep the code that they were played with", async () => {
    await using root = await tempFolder();
    const directory = await finishedRun(root.path);
    const { ownCode: before } = await readRun(directory);
    {
      await using store = await openRun(directory, { clock: FIXED_CLOCK });
      await store.changeCode([{ path: "./reward.ts" }], [{ name: "corrected" }]);
      expect(() => store.audit("code_changed", {})).toThrow("written by the store itself");
    }
    const run = await readRun(directory);
    expect([run.ownCode, run.ownCodeOf(3)]).toEqual([[{ name: "corrected" }], before]);
    expect(await run.verify()).toMatchObject({ ok: true, problems: [] });
    expect((await collect(run.audit())).at(-1)).toMatchObject({
      event: "code_changed",
      data: { committed: 3, files: [{ path: "./reward.ts" }], modules: [{ name: "corrected" }] },
    });
  });

  test("a changed extension breaks the chain", async () => {
    await using root = await tempFolder();
    const directory = await finishedRun(root.path);
    {
      await using store = await openRun(directory, { clock: FIXED_CLOCK });
      await store.extend(3, 23);
    }
    const path = join(directory, "audit.jsonl");
    await writeFile(path, (await readFile(path, "utf8")).replace('"to":23', '"to":99'));
    await expect(readRun(directory)).rejects.toThrow("was changed");
  });

  test.each([
    ["+20", 30],
    ["=40", 40],
    ["40", 40],
    [" +1 ", 11],
  ])("%s on a run of 10 steps gives %i", (text, steps) => {
    expect(extendedSteps(10, moreSteps(text))).toBe(steps);
  });

  test.each(["", "x", "-3", "+0", "=", "1.5"])("%j is refused", (text) => {
    expect(() => moreSteps(text)).toThrow("no number of steps");
  });

  test.each(["=10", "=9", "4"])("%s on a run of 10 steps is refused", (text) => {
    expect(() => extendedSteps(10, moreSteps(text))).toThrow("not more");
  });
});

describe("a renamed run", () => {
  test("is found by its new name, its id and a part of both; the folder and the attempts stay", async () => {
    await using root = await tempFolder();
    const directory = await finishedRun(root.path);
    const { info } = await readRun(directory);
    {
      await using store = await openForUpkeep(directory, { clock: FIXED_CLOCK });
      await store.rename("second life");
    }
    for (const wanted of ["second life", "life", info.id, info.id.slice(0, 19), "latest"])
      expect([wanted, await findRun(wanted, root.path)]).toEqual([wanted, directory]);
    const run = await readRun(directory);
    expect(run.info).toMatchObject({ id: info.id, name: "second life", attempts: info.attempts });
    expect(await run.verify()).toMatchObject({ ok: true });
    expect((await eventsOf(directory)).at(-1)).toBe("renamed");
  });
});

describe("pruning", () => {
  const wanted = { keepCheckpoints: 1, keepBatches: false, dryRun: false };

  test("says what would go, then removes just that; the run stays sound and can go on", async () => {
    await using root = await tempFolder();
    const directory = await finishedRun(root.path);
    const events = await eventsOf(directory);
    const planned = await pruneRun(await readRun(directory), { ...wanted, dryRun: true });
    expect(planned).toMatchObject({ checkpoints: [1, 2], batches: 3, skipped: null });
    expect(planned.bytes).toBeGreaterThan(2000);
    expect(await eventsOf(directory)).toEqual(events);
    expect(await pruneRun(await readRun(directory), wanted)).toEqual(planned);
    expect([1, 2, 3].map((step) => existsSync(join(directory, "checkpoints", `00000${step}`)))).toEqual([
      false,
      false,
      true,
    ]);
    expect((await eventsOf(directory)).slice(events.length)).toEqual([
      "checkpoint_removed",
      "checkpoint_removed",
      "batches_removed",
    ]);
    expect(await (await readRun(directory)).verify()).toMatchObject({ ok: true });
    await using store = await openRun(directory, { clock: FIXED_CLOCK });
    expect((await store.checkpoints()).map(({ step }) => step)).toEqual([3]);
  });

  test("batches after the oldest kept checkpoint stay, because a resume may need them", async () => {
    await using root = await tempFolder();
    const directory = await finishedRun(root.path);
    const planned = await pruneRun(await readRun(directory), { ...wanted, keepCheckpoints: 2 });
    expect(planned).toMatchObject({ checkpoints: [1], batches: 2 });
    expect(existsSync(join(directory, "batches", "000003.batch"))).toBe(true);
    const kept = await pruneRun(await readRun(directory), { ...wanted, keepBatches: true });
    expect(kept).toMatchObject({ checkpoints: [2], batches: 0 });
  });

  test("an unfinished run is left alone, and so is a run that a process holds", async () => {
    await using root = await tempFolder();
    const directory = await finishedRun(root.path);
    {
      await using store = await openRun(directory, { clock: FIXED_CLOCK });
      const run = await readRun(directory);
      await expect(pruneRun(run, wanted)).rejects.toThrow("in use");
      await store.setStatus("interrupted");
    }
    const skipped = await pruneRun(await readRun(directory), wanted);
    expect(skipped).toMatchObject({ checkpoints: [], bytes: 0, skipped: "the run is interrupted" });
  });
});

describe("removing", () => {
  test("a run that a process holds is refused and complete; a free run is gone with its folder", async () => {
    await using root = await tempFolder();
    const directory = await finishedRun(root.path);
    {
      await using _ = await openRun(directory, { clock: FIXED_CLOCK });
      await expect(removeRun(directory)).rejects.toThrow("in use");
    }
    expect(await (await readRun(directory)).verify()).toMatchObject({ ok: true });
    await removeRun(directory);
    expect(existsSync(directory)).toBe(false);
    expect(await listRuns(root.path)).toEqual([]);
  });
});
