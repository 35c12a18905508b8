import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, jest, test } from "@jest/globals";
import { describeWithPython, python } from "../support/python.js";

jest.setTimeout(240_000);

/** One line of the table that the example prints. */
interface Row {
  readonly step: number;
  readonly proposals: number;
  readonly admitted: number;
  readonly passRate: number;
  readonly challengerReward: number;
  readonly reasonerReward: number;
  readonly trainedTokens: number;
  readonly policy: string;
}

function readRow(line: string): Row {
  const cells = line.trim().split(/\s+/);
  const [step, proposals, admitted, passRate, challengerReward, reasonerReward, trainedTokens] = cells
    .slice(0, 7)
    .map(Number) as [number, number, number, number, number, number, number];
  const policy = cells[7] ?? "";
  return { step, proposals, admitted, passRate, challengerReward, reasonerReward, trainedTokens, policy };
}

/** Runs the example as its first lines say. Rejects when the process does not exit with 0. */
async function runExample(): Promise<{ stdout: string; stderr: string }> {
  const folder = await mkdtemp(join(tmpdir(), "spice-example-"));
  try {
    const jiti = resolve("node_modules/jiti/lib/jiti-cli.mjs");
    return await promisify(execFile)(process.execPath, [jiti, "examples/spice-in-one-file.ts"], {
      env: { ...process.env, NODE_OPTIONS: "", TMPDIR: folder, SPICE_TRAINER_PYTHON: python ?? "" },
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

describeWithPython("examples/spice-in-one-file.ts", () => {
  let rows: readonly Row[] = [];
  beforeAll(async () => {
    const { stdout, stderr } = await runExample();
    expect(stderr).toBe("");
    rows = stdout.trim().split("\n").slice(1).map(readRow);
  });

  test("plays its steps in order, and each step has proposals, tasks and trained tokens", () => {
    expect(rows.map((row) => row.step)).toEqual([1, 2, 3, 4, 5, 6]);
    for (const row of rows) {
      expect(row.admitted).toBeGreaterThan(0);
      expect(row.admitted).toBeLessThan(row.proposals);
      expect(row.trainedTokens).toBeGreaterThan(0);
    }
  });

  test("every step publishes other weights", () => {
    for (const { policy } of rows) expect(policy).toMatch(/^[0-9a-f]{12}$/);
    expect(new Set(rows.map((row) => row.policy)).size).toBe(rows.length);
  });

  test("rates and rewards are in their ranges", () => {
    for (const row of rows) {
      expect(row.passRate).toBeGreaterThan(0);
      expect(row.passRate).toBeLessThan(1);
      expect(row.challengerReward).toBeGreaterThan(-0.1);
      expect(row.challengerReward).toBeLessThan(1);
      expect(row.reasonerReward).toBeGreaterThanOrEqual(0);
      expect(row.reasonerReward).toBeLessThanOrEqual(1);
    }
  });

  test("training changes what the model writes: more proposals are admitted, more answers are right", () => {
    const [first, last] = [rows[0] as Row, rows.at(-1) as Row];
    expect(last.admitted).toBeGreaterThan(first.admitted);
    expect(last.passRate).toBeGreaterThan(first.passRate);
  });
});
