import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import {
  type GraderPool,
  type GraderPoolOptions,
  openGraderPool,
} from "../../../src/adapters/grader/pool.js";
import type { Opinion } from "../../../src/core/truth/opinion.js";

const FAKE = join(import.meta.dirname, "../../support/fake-grader.mjs");
const never = new AbortController().signal;

function open(changes: Partial<GraderPoolOptions> = {}, ...argv: string[]): Promise<GraderPool> {
  return openGraderPool(
    {
      command: { argv: [process.execPath, FAKE, ...argv], environment: {} },
      workers: 1,
      timeoutMs: 10_000,
      startTimeoutMs: 20_000,
      ...changes,
    },
    never,
  );
}

const ask = (pool: GraderPool, answer: string, signal = never): Promise<Opinion> =>
  pool.check({ type: "integer", gold: "42", answer }, signal);

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

async function gone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 100 && isAlive(pid); tries += 1) await sleep(50);
  return !isAlive(pid);
}

test("a right and a wrong answer get their verdicts", async () => {
  await using pool = await open();
  expect(await ask(pool, "42")).toMatchObject({ kind: "verdict", verdict: "correct" });
  expect(await ask(pool, "41")).toMatchObject({ kind: "verdict", verdict: "wrong" });
});

test("a process that hangs is killed when its time is over, and the next pair gets a fresh one", async () => {
  await using pool = await open({ timeoutMs: 2000 });
  const [before = 0] = pool.pids;
  expect(await ask(pool, "hang")).toMatchObject({ kind: "infrastructure", cause: "timeout" });
  expect(await gone(before)).toBe(true);
  expect(await ask(pool, "42")).toMatchObject({ kind: "verdict", verdict: "correct" });
  expect(pool.pids).not.toEqual([before]);
});

test.each([
  ["die", "died"],
  ["garbage", "protocol"],
  ["oversized", "died"],
  ["stranger", "protocol"],
  ["memory", "error"],
  ["error", "error"],
])(
  "an answer that makes the process %s is an infrastructure outcome, never a verdict",
  async (order, cause) => {
    await using pool = await open();
    expect(await ask(pool, order)).toMatchObject({ kind: "infrastructure", cause });
    expect(await ask(pool, "42")).toMatchObject({ kind: "verdict", verdict: "correct" });
  },
);

test("a process that answers twice is not believed: its answer counts for nothing, and the next pair gets a fresh process", async () => {
  await using pool = await open();
  const [before = 0] = pool.pids;
  expect(await ask(pool, "chatty")).toMatchObject({ kind: "infrastructure", cause: "died" });
  expect(await gone(before)).toBe(true);
  expect(await ask(pool, "41")).toMatchObject({ kind: "verdict", verdict: "wrong" });
});

test("a process is replaced after so many pairs", async () => {
  await using pool = await open({ recycleAfter: 2 });
  const pids = [];
  for (const answer of ["1", "2", "3"]) {
    const opinion = await ask(pool, answer);
    pids.push(opinion.detail);
  }
  expect(pids[0]).toBe(pids[1]);
  expect(pids[2]).not.toBe(pids[1]);
});

test("a pair that was asked before is not asked again, and failures are not remembered", async () => {
  await using pool = await open({ recycleAfter: 1 });
  const first = await ask(pool, "7");
  await ask(pool, "8");
  expect(await ask(pool, "7")).toBe(first);
  expect(await pool.check({ type: "expression", gold: "42", answer: "7" }, never)).not.toBe(first);
  expect(await ask(pool, "die")).toMatchObject({ cause: "died" });
  expect(await ask(pool, "die")).toMatchObject({ cause: "died" });
});

test("more pairs than may wait are refused at once, the others are answered", async () => {
  await using pool = await open({ maxWaiting: 2 });
  const answers = ["wait 200", "1", "2", "3", "4"].map((one) => ask(pool, one));
  const kinds = (await Promise.all(answers)).map((one) => (one.kind === "verdict" ? one.kind : one.cause));
  expect(kinds).toEqual(["verdict", "verdict", "verdict", "full", "full"]);
});

test("workers share the queue", async () => {
  await using pool = await open({ workers: 2 });
  const opinions = await Promise.all(["wait 400", "wait 401", "wait 402"].map((one) => ask(pool, one)));
  expect(new Set(opinions.map((one) => one.detail)).size).toBe(2);
});

test("aborting rejects what waits and what runs, and kills what runs", async () => {
  await using pool = await open();
  const [pid = 0] = pool.pids;
  const stop = new AbortController();
  const running = ask(pool, "hang", stop.signal);
  const waiting = ask(pool, "42", stop.signal);
  const settled = Promise.allSettled([running, waiting]);
  await sleep(100);
  stop.abort(new Error("stopped by the user"));
  for (const one of await settled)
    expect(one).toMatchObject({ status: "rejected", reason: { message: "stopped by the user" } });
  expect(await gone(pid)).toBe(true);
  expect(await ask(pool, "42")).toMatchObject({ verdict: "correct" });
});

test("disposing leaves no process behind, even one that hangs", async () => {
  const folder = await mkdtemp(join(tmpdir(), "spice-grader-"));
  const pids = join(folder, "pids");
  const pool = await open({ workers: 2 }, "ready", pids);
  const hanging = Promise.allSettled([ask(pool, "hang"), ask(pool, "1")]);
  const startedSoFar = async () =>
    (await readFile(pids, "utf8"))
      .split("\n")
      .filter((line) => line !== "")
      .map(Number);
  for (let tries = 0; tries < 400 && (await startedSoFar()).length < 2; tries += 1) await sleep(50);
  await pool[Symbol.asyncDispose]();
  await hanging;
  const started = await startedSoFar();
  expect(started.length).toBeGreaterThanOrEqual(2);
  for (const pid of started) expect(await gone(pid)).toBe(true);
});

test("an environment without math-verify is refused when the pool is opened, with its own words", async () => {
  await expect(open({}, "crash-at-start")).rejects.toMatchObject({
    code: "GRADER_START",
    exit: 3,
    message: expect.stringContaining("no math_verify here"),
  });
  await expect(open({ startTimeoutMs: 300 }, "silent")).rejects.toMatchObject({ code: "GRADER_START" });
  await expect(
    openGraderPool(
      { command: { argv: ["/nowhere/python"], environment: {} }, workers: 1, timeoutMs: 1000 },
      never,
    ),
  ).rejects.toMatchObject({ code: "GRADER_START" });
});
