import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { withControl } from "../../src/cli/runs/control-run.js";
import { resolveLayers } from "../../src/config/resolve.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "spice-control-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function runOf(id: string, values: Record<string, unknown>, status = "finished"): Promise<string> {
  const directory = join(folder, id);
  const { experiment } = resolveLayers([{ name: "test", values: { preset: "demo", name: id, ...values } }]);
  await mkdir(directory);
  await writeFile(join(directory, "config.json"), JSON.stringify(experiment));
  await writeFile(join(directory, "run.json"), JSON.stringify({ id, status }));
  return directory;
}

const STILL = { train: { learningRate: 0 } };

describe("the control run of a run", () => {
  test("is the newest finished run with the learning rate 0 and otherwise the same settings", async () => {
    const directory = await runOf("1-run", {});
    expect(await withControl(directory)).toBeNull();
    await runOf("2-other-seed", { ...STILL, seed: 5 });
    await runOf("3-stopped", STILL, "interrupted");
    await runOf("4-learned", { train: { learningRate: 1e-4 } });
    await writeFile(join(folder, "notes.txt"), "no run");
    expect(await withControl(directory)).toBeNull();
    await runOf("5-old-control", STILL);
    await runOf("6-control", { ...STILL, run: { keepCheckpoints: 3 } });
    expect(await withControl(directory)).toEqual({ run: "1-run", control: "6-control" });
  });

  test("is found from the control run, too", async () => {
    await runOf("1-run", {});
    const control = await runOf("2-control", STILL);
    expect(await withControl(control)).toEqual({ run: "1-run", control: "2-control" });
  });
});
