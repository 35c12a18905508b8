import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { compareRecordings } from "../../bench/record/compare.js";

let root = "";
let a = "";
let b = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "spice-record-"));
  [a, b] = [join(root, "a"), join(root, "b")];
  await writeRun(a);
  await cp(a, b, { recursive: true });
});
afterEach(() => rm(root, { recursive: true }));

const FILES = {
  "run.json": { id: "run" },
  "config.json": { seed: 20 },
  "episodes.jsonl": { step: 1, text: "What is it?" },
  "review.jsonl": { step: 1, verdict: "wrong" },
  "metrics.jsonl": { step: 1, trained_tokens: 9, policy_digest: "w1", seconds_step: 0.5, "trainer.loss": 1 },
  "audit.jsonl": { seq: 1, time: "noon", event: "step", data: { step: 1, metrics: { to: 9 } }, hash: "h" },
  "batches/000001.batch": { tokens: [1, 2, 3] },
  "batches/staged.json": { step: 1, sampled: { seconds: 1, cpuSeconds: 1, retries: 0 }, opinions: {} },
  "checkpoints/000001.json": { step: 1, savedAt: "noon", checkpoint: { path: "000001", digest: "d" } },
  "checkpoints/000001/manifest.json": { files: { weights: "w", "rng.json": "r" } },
} as const;

async function writeRun(folder: string): Promise<void> {
  for (const sub of ["batches", "checkpoints/000001"]) await mkdir(join(folder, sub), { recursive: true });
  for (const [name, content] of Object.entries(FILES))
    await writeFile(join(folder, name), `${JSON.stringify(content)}\n`);
}

/** Replace a text in a file of the second recording. */
async function change(name: keyof typeof FILES, from: string, to: string): Promise<void> {
  const before = await readFile(join(b, name), "utf8");
  expect(before).toContain(from);
  await writeFile(join(b, name), before.replace(from, to));
}

test("equal recordings have no difference, and what was compared is counted", async () => {
  expect(await compareRecordings(a, b)).toMatchObject({
    files: 9,
    steps: 1,
    trainedTokens: 9,
    differences: [],
  });
});

test.each([
  ["config.json", "20", "21"],
  ["episodes.jsonl", "What", "Whet"],
  ["review.jsonl", "wrong", "right"],
  ["metrics.jsonl", "w1", "w2"],
  ["audit.jsonl", '"step":1', '"step":2'],
  ["batches/000001.batch", "2", "4"],
  ["batches/staged.json", '"retries":0', '"retries":1'],
  ["checkpoints/000001.json", '"step":1', '"step":2'],
  ["checkpoints/000001/manifest.json", '"weights":"w"', '"weights":"v"'],
] as const)("one changed value in %s is found", async (name, from, to) => {
  await change(name, from, to);
  expect((await compareRecordings(a, b)).differences.map(({ file }) => file)).toEqual([name]);
});

test("times, figures of the event stream and hashes over times are no difference", async () => {
  await change("metrics.jsonl", '"seconds_step":0.5', '"seconds_step":7.25');
  await change("metrics.jsonl", '"trainer.loss":1', '"trainer.loss":2');
  await change("audit.jsonl", "noon", "midnight");
  await change("audit.jsonl", '"to":9', '"to":10');
  await change("audit.jsonl", '"hash":"h"', '"hash":"i"');
  await change("batches/staged.json", '"seconds":1', '"seconds":2');
  await change("checkpoints/000001.json", "noon", "midnight");
  expect((await compareRecordings(a, b)).differences).toEqual([]);
});

test("a file that only one of the recordings has is a difference", async () => {
  await rm(join(b, "batches", "000001.batch"));
  expect((await compareRecordings(a, b)).differences).toEqual([
    { file: "batches/000001.batch", what: "only the first has it" },
  ]);
});

test("of a resumed run, the audit log and the checkpoints are left out and the batches are not", async () => {
  await change("audit.jsonl", '"step":1', '"step":2');
  expect((await compareRecordings(a, b, "resumed")).differences).toEqual([]);
  await change("batches/000001.batch", "2", "4");
  expect((await compareRecordings(a, b, "resumed")).differences).toHaveLength(1);
});

test("recordings that trained no token are refused: they are equal whatever the code does", async () => {
  for (const folder of [a, b])
    await writeFile(join(folder, "metrics.jsonl"), '{"step":1,"trained_tokens":0}\n');
  await expect(compareRecordings(a, b)).rejects.toThrow("trained no token");
});
