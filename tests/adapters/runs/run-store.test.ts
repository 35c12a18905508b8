import { appendFile, mkdir, readdir, readFile, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { type AuditRecord, nextRecord } from "../../../src/adapters/runs/audit-log.js";
import { createRun } from "../../../src/adapters/runs/create-run.js";
import { listRuns } from "../../../src/adapters/runs/list-runs.js";
import { openRun } from "../../../src/adapters/runs/open-run.js";
import { readRun } from "../../../src/adapters/runs/read-run.js";
import type { StagedStep } from "../../../src/app/ports/runs.js";
import type { CheckpointInfo } from "../../../src/app/ports/trainer.js";
import { collect, EXPERIMENT, FIXED_CLOCK, runOptions, stepCommit } from "../support/run-fixtures.js";
import { tempFolder } from "../support/temp-folder.js";

const keep = { clock: FIXED_CLOCK };

describe("creating a run", () => {
  test("names it by time, name, seed and suffix, and writes what it was made with", async () => {
    await using root = await tempFolder();
    await using run = await createRun(runOptions(root.path));
    expect(run.id).toBe("2026-11-22T15-04-05_tiny-model_s7_k3f9");
    expect(run.directory).toBe(join(root.path, run.id));
    const reader = await readRun(run.directory);
    expect(reader.config).toEqual(EXPERIMENT);
    expect(reader.info).toMatchObject({ status: "running", attempts: 1, provenance: { argv: ["train"] } });
    expect(reader.state).toBe("running");
    expect(await readlink(join(run.directory, "logs", "latest"))).toBe("attempt-1");
    expect(await readdir(root.path)).toEqual([run.id]);
  });

  test("names the three choices when the folder is in use", async () => {
    await using root = await tempFolder();
    const directory = join(root.path, "mine");
    await mkdir(directory);
    await writeFile(join(directory, "notes.txt"), "mine");
    const refused = createRun(runOptions(root.path, { directory }));
    await expect(refused).rejects.toMatchObject({ code: "RUN_EXISTS", exit: 2, where: directory });
    await expect(refused).rejects.toMatchObject({
      hint: expect.stringMatching(/--resume.*another folder.*delete/),
    });
    expect(await readdir(root.path)).toEqual(["mine"]);
  });

  test("takes an empty folder of the caller's choice", async () => {
    await using root = await tempFolder();
    const directory = join(root.path, "mine");
    await mkdir(directory);
    await using run = await createRun(runOptions(root.path, { directory }));
    expect(run.directory).toBe(directory);
  });
});

describe("committing steps", () => {
  test("gives back what was committed, in order", async () => {
    await using root = await tempFolder();
    await using run = await createRun(runOptions(root.path));
    await Promise.all([1, 2, 3].map((step) => run.commit(stepCommit(step))));
    expect(run.committed).toBe(3);
    const episodes = await collect(run.episodes());
    expect(episodes).toEqual([1, 2, 3].flatMap((step) => stepCommit(step).episodes));
    const reader = await readRun(run.directory);
    expect(await collect(reader.metrics())).toEqual([1, 2, 3].map((step) => stepCommit(step).metrics));
    expect(reader.steps.map(({ step, policyDigest }) => [step, policyDigest])).toEqual([
      [1, "digest-1"],
      [2, "digest-2"],
      [3, "digest-3"],
    ]);
    expect(await reader.verify()).toMatchObject({ ok: true, events: 4, problems: [] });
  });

  test("refuses a step that is committed already", async () => {
    await using root = await tempFolder();
    await using run = await createRun(runOptions(root.path));
    await run.commit(stepCommit(1));
    await expect(run.commit(stepCommit(1))).rejects.toThrow(RangeError);
    expect(run.committed).toBe(1);
  });

  test("a full disk counts nothing and leaves the files as they were", async () => {
    await using root = await tempFolder();
    const run = await createRun(runOptions(root.path));
    await run.commit(stepCommit(1));
    const metrics = join(run.directory, "metrics.jsonl");
    const sound = await readFile(metrics, "utf8");
    const before = await readFile(join(run.directory, "episodes.jsonl"), "utf8");
    await rm(metrics);
    await symlink("/dev/full", metrics);
    await expect(run.commit(stepCommit(2))).rejects.toMatchObject({
      code: "DISK_FULL",
      exit: 3,
      where: metrics,
    });
    expect(run.committed).toBe(1);
    expect(await readFile(join(run.directory, "episodes.jsonl"), "utf8")).toBe(before);
    await rm(metrics);
    await writeFile(metrics, sound);
    await run.commit(stepCommit(2));
    expect((await (await readRun(run.directory)).verify()).ok).toBe(true);
    await run[Symbol.asyncDispose]();
  });
});

describe("opening a run again", () => {
  test("drops what was never committed, and keeps it beside", async () => {
    await using root = await tempFolder();
    const { directory } = await crashed(root.path, async (folder) => {
      await appendFile(join(folder, "episodes.jsonl"), '{"step":3,"slot":0}\n{"step":3,"sl');
      await appendFile(join(folder, "metrics.jsonl"), '{"step":3}\n');
      await appendFile(join(folder, "audit.jsonl"), '{"seq":4,"ti');
    });
    await using run = await openRun(directory, keep);
    expect(run.committed).toBe(2);
    expect(await collect(run.episodes())).toHaveLength(4);
    const [dropped] = await readdir(join(directory, "dropped"));
    const kept = join(directory, "dropped", dropped ?? "");
    expect(await readFile(join(kept, "episodes.jsonl"), "utf8")).toBe('{"step":3,"slot":0}\n{"step":3,"sl');
    expect(await readFile(join(kept, "audit.jsonl"), "utf8")).toBe('{"seq":4,"ti');
    await run.commit(stepCommit(3));
    const reader = await readRun(directory);
    expect(await reader.verify()).toMatchObject({ ok: true });
    expect(await collect(reader.metrics())).toHaveLength(3);
    expect(await readlink(join(directory, "logs", "latest"))).toBe("attempt-2");
  });

  test("refuses a second writer, and takes over the lock of a process that is gone", async () => {
    await using root = await tempFolder();
    const run = await createRun(runOptions(root.path));
    await expect(openRun(run.directory, keep)).rejects.toMatchObject({
      code: "LOCKED",
      exit: 3,
      message: expect.stringContaining(String(process.pid)),
    });
    const lock = join(run.directory, "run.lock");
    const holder = JSON.parse(await readFile(lock, "utf8")) as object;
    // The same pid, but another process start: the pid was used again.
    await writeFile(lock, JSON.stringify({ ...holder, started: "1" }));
    expect((await readRun(run.directory)).state).toBe("crashed");
    await using again = await openRun(run.directory, keep);
    expect(again.info.attempts).toBe(2);
  });

  test.each([
    ["a changed audit record", "audit.jsonl", (text: string) => text.replace("digest-1", "digest-x")],
    ["a missing audit record", "audit.jsonl", (text: string) => text.split("\n").toSpliced(1, 1).join("\n")],
    ["committed episodes cut off", "episodes.jsonl", (text: string) => text.slice(0, -5)],
    ["an edited configuration", "config.json", (text: string) => text.replace('"seed": 7', '"seed": 8')],
  ])("says so when it finds %s", async (_, file, damage) => {
    await using root = await tempFolder();
    const { directory } = await crashed(root.path, async (folder) => {
      const path = join(folder, file);
      await writeFile(path, damage(await readFile(path, "utf8")));
    });
    await expect(openRun(directory, keep)).rejects.toMatchObject({ code: "RUN_DAMAGED", exit: 5 });
    // The lock is not left behind.
    await expect(readFile(join(directory, "run.lock"))).rejects.toThrow("ENOENT");
  });

  test("verification finds an edited episode", async () => {
    await using root = await tempFolder();
    const { directory } = await crashed(root.path, async (folder) => {
      const path = join(folder, "episodes.jsonl");
      await writeFile(path, (await readFile(path, "utf8")).replace('"slot":1', '"slot":9'));
    });
    const verification = await (await readRun(directory)).verify();
    expect(verification).toMatchObject({ ok: false, problems: ["episodes.jsonl of step 1 was changed."] });
  });

  test("says that a folder is no run", async () => {
    await using root = await tempFolder();
    await expect(openRun(root.path, keep)).rejects.toMatchObject({ code: "RUN_NOT_FOUND", exit: 2 });
  });
});

describe("rewinding", () => {
  test("drops later steps and survives being opened again", async () => {
    await using root = await tempFolder();
    const run = await createRun(runOptions(root.path));
    for (const step of [1, 2, 3]) await run.commit(stepCommit(step));
    await run.rewind(5);
    expect(run.committed).toBe(3);
    await run.rewind(1);
    expect(run.committed).toBe(1);
    await run.commit(stepCommit(2, { policyDigest: "again" }));
    await run[Symbol.asyncDispose]();
    await using opened = await openRun(run.directory, keep);
    expect(opened.committed).toBe(2);
    const reader = await readRun(run.directory);
    expect(reader.steps.at(-1)?.policyDigest).toBe("again");
    expect(await collect(reader.metrics())).toHaveLength(2);
    expect((await reader.verify()).ok).toBe(true);
    const [dropped] = await readdir(join(run.directory, "dropped"));
    const kept = await readFile(join(run.directory, "dropped", dropped ?? "", "metrics.jsonl"), "utf8");
    expect(kept.trim().split("\n")).toHaveLength(2);
  });
});

test("a rewind that was cut short is finished at the next open", async () => {
  await using root = await tempFolder();
  const { directory } = await crashed(root.path, async (folder) => {
    const audit = join(folder, "audit.jsonl");
    const last = JSON.parse((await readFile(audit, "utf8")).trim().split("\n").at(-1) ?? "") as AuditRecord;
    await appendFile(audit, `${JSON.stringify(nextRecord(last, "", "rewind", { from: 2, to: 1 }))}\n`);
  });
  await using run = await openRun(directory, keep);
  expect(run.committed).toBe(1);
  await run.commit(stepCommit(2));
  expect((await (await readRun(directory)).verify()).problems).toEqual([]);
});

test("nobody but the store says which steps count", async () => {
  await using root = await tempFolder();
  await using run = await createRun(runOptions(root.path));
  expect(() => run.audit("step", {})).toThrow(RangeError);
  await run.audit("warmup", { steps: 16 });
  const events = await collect((await readRun(run.directory)).audit());
  expect(events.map(({ event }) => event)).toEqual(["created", "warmup"]);
});

describe("checkpoints", () => {
  const saved = async (weightsRoot: string, step: number): Promise<CheckpointInfo> => {
    const path = String(step).padStart(6, "0");
    await mkdir(join(weightsRoot, path));
    await writeFile(join(weightsRoot, path, "model.safetensors"), "weights");
    return { path, step, digest: `weights-${step}`, bytes: 7 };
  };

  test("the newest one with weights is found, old weights are removed", async () => {
    await using root = await tempFolder();
    await using run = await createRun(runOptions(root.path, { keepCheckpoints: 2 }));
    const weights = join(run.directory, "checkpoints");
    expect(await run.checkpoints()).toEqual([]);
    for (const step of [1, 2, 3])
      await run.commit(stepCommit(step, { checkpoint: await saved(weights, step) }));
    expect((await readdir(weights)).sort()).toEqual(["000002", "000002.json", "000003", "000003.json"]);
    expect((await run.checkpoints()).map((one) => one.path)).toEqual(["000003", "000002"]);
    await rm(join(weights, "000003"), { recursive: true });
    expect((await run.checkpoints())[0]).toMatchObject({ step: 2 });
    await run.rewind(2);
    expect((await readdir(weights)).sort()).toEqual(["000002", "000002.json"]);
  });

  test("weights of a step that was not committed are removed", async () => {
    await using root = await tempFolder();
    const { directory } = await crashed(root.path, async (folder) => {
      await saved(join(folder, "checkpoints"), 3);
    });
    await using run = await openRun(directory, keep);
    expect(await readdir(join(directory, "checkpoints"))).toEqual([]);
    expect(await run.checkpoints()).toEqual([]);
  });

  test("weights elsewhere are neither looked for nor removed", async () => {
    await using root = await tempFolder();
    await using run = await createRun(runOptions(root.path, { weightsRoot: null, keepCheckpoints: 1 }));
    const checkpoint = (step: number) => ({ path: `remote-${step}`, step, digest: "d", bytes: 1 });
    for (const step of [1, 2]) await run.commit(stepCommit(step, { checkpoint: checkpoint(step) }));
    expect(await run.checkpoints()).toEqual([checkpoint(2), checkpoint(1)]);
    expect(await readdir(join(run.directory, "checkpoints"))).toEqual(["000001.json", "000002.json"]);
  });
});

describe("recorded batches", () => {
  const optim = {
    learningRate: 1e-6,
    beta1: 0.9,
    beta2: 0.95,
    epsilon: 1e-8,
    weightDecay: 0,
    maxGradNorm: null,
    resetMoments: false,
  };
  const staged = (step: number): StagedStep => ({
    step,
    episodes: stepCommit(step).episodes,
    optim,
    batch: {
      prompts: [Int32Array.of(step, 2, 3)],
      sequences: [],
      loss: { kind: "cross_entropy" },
      normalizer: 1,
    },
    sampled: { promptTokens: 1, completionTokens: 2, retries: 0, seconds: 3, cpuSeconds: 4 },
  });

  test("a staged step survives a crash until it is committed; its batch stays", async () => {
    await using root = await tempFolder();
    const { directory } = await (async () => {
      await using run = await createRun(runOptions(root.path));
      await run.begin({ policyVersion: 1, policyDigest: "start", checkpoint: null });
      await run.stage(staged(1));
      return run;
    })();
    await using run = await openRun(directory, keep);
    expect(run.mark(0)).toEqual({ policyVersion: 1, policyDigest: "start", checkpoint: null });
    expect(await run.staged()).toEqual(staged(1));
    await run.commit(stepCommit(1));
    expect(await run.staged()).toBeNull();
    expect(await run.recorded(1)).toEqual({ optim, batch: staged(1).batch });
    expect(run.mark(1)?.policyDigest).toBe(stepCommit(1).policyDigest);
  });

  test("a damaged batch counts as missing, and its step as not staged", async () => {
    await using root = await tempFolder();
    await using run = await createRun(runOptions(root.path));
    await run.stage(staged(1));
    const file = join(run.directory, "batches", "000001.batch");
    await writeFile(file, (await readFile(file)).subarray(0, -1));
    expect(await run.staged()).toBeNull();
    expect(await run.recorded(1)).toBeNull();
    expect(await run.recorded(9)).toBeNull();
  });
});

test("runs are listed newest first, damaged ones as such", async () => {
  await using root = await tempFolder();
  const later = { ...FIXED_CLOCK, iso: () => "2026-11-23T00:00:00.000Z" };
  const first = await createRun(runOptions(root.path));
  await first.commit(stepCommit(1));
  await first.setStatus("failed", "out of luck");
  await first[Symbol.asyncDispose]();
  await using second = await createRun(runOptions(root.path, { clock: later }));
  await mkdir(join(root.path, "not-a-run"));
  await mkdir(join(root.path, "broken"));
  await writeFile(join(root.path, "broken", "run.json"), "{");
  const runs = await listRuns(root.path);
  expect(runs.map(({ id, state, step, detail }) => ({ id, state, step, detail }))).toEqual([
    { id: second.id, state: "running", step: 0, detail: "" },
    { id: first.id, state: "failed", step: 1, detail: "out of luck" },
    { id: "broken", state: "damaged", step: 0, detail: expect.any(String) },
  ]);
  expect(await listRuns(join(root.path, "nowhere"))).toEqual([]);
});

/** A run of two steps whose process went away, with something done to its folder. */
async function crashed(
  root: string,
  damage: (folder: string) => Promise<void>,
): Promise<{ directory: string }> {
  const run = await createRun(runOptions(root));
  await run.commit(stepCommit(1));
  await run.commit(stepCommit(2));
  await run[Symbol.asyncDispose]();
  await damage(run.directory);
  return { directory: run.directory };
}
