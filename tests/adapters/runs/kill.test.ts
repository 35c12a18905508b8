import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "@jest/globals";
import { openRun } from "../../../src/adapters/runs/open-run.js";
import { readRun } from "../../../src/adapters/runs/read-run.js";
import { collect, FIXED_CLOCK } from "../support/run-fixtures.js";
import { tempFolder } from "../support/temp-folder.js";

const JITI = join(
  dirname(createRequire(import.meta.url).resolve("jiti/package.json")),
  "lib",
  "jiti-cli.mjs",
);
const CHILD = join(import.meta.dirname, "commit-until-killed.child.ts");

test("a writer killed at any moment loses no step that it had committed", async () => {
  await using root = await tempFolder();
  let directory = "";
  let known = 0;
  for (const millisecondsToLive of [3, 11, 29]) {
    const { folder, reported } = await commitAndKill(root.path, directory, millisecondsToLive);
    directory = folder;
    const reader = await readRun(directory);
    expect(reader.state).toBe("crashed");
    expect(reader.steps.length).toBeGreaterThanOrEqual(Math.max(known, reported));
    await using run = await openRun(directory, { clock: FIXED_CLOCK });
    known = run.committed;
    const steps = (await collect(run.episodes())).map(({ step }) => step);
    expect(steps).toEqual(Array.from({ length: 2 * known }, (_, index) => Math.floor(index / 2) + 1));
    expect((await (await readRun(directory)).verify()).problems).toEqual([]);
  }
  expect(known).toBeGreaterThan(0);
}, 60_000);

/**
 * Let a child commit steps, kill it some time after its first one, and say what it had reported as
 * committed.
 */
async function commitAndKill(
  root: string,
  directory: string,
  afterMs: number,
): Promise<{ folder: string; reported: number }> {
  const child = spawn(process.execPath, [JITI, CHILD, root, directory], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  const exited = once(child, "exit");
  let folder = "";
  let reported = 0;
  let killed = false;
  for await (const line of createInterface({ input: child.stdout })) {
    if (folder === "") {
      folder = line;
      continue;
    }
    reported = Number(line);
    if (!killed) {
      killed = true;
      setTimeout(() => child.kill("SIGKILL"), afterMs);
    }
  }
  await exited;
  return { folder, reported };
}
