import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { RunReader } from "../../src/adapters/runs/read-run.js";
import { configInPlace } from "../../src/cli/compose/place-of-run.js";
import { experiment } from "../support/experiment.js";

let folder = "";
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "spice-place-")));
  await mkdir(join(folder, "mine", "runs", "one"), { recursive: true });
  await mkdir(join(folder, "mine", "models", "base"), { recursive: true });
  await mkdir(join(folder, "mine", "corpus"));
});
afterEach(() => rm(folder, { recursive: true }));

/** A run with the folder of its model as `model.id`. */
function run(
  directory: string,
  id: string,
  started?: string,
): Pick<RunReader, "directory" | "config" | "info"> {
  const config = {
    ...experiment,
    model: { ...experiment.model, id },
    corpus: { ...experiment.corpus, store: "./corpus" },
    run: { ...experiment.run, dir: "./runs" },
  };
  const provenance = started === undefined ? {} : { folder: started };
  return { directory, config, info: { provenance } as RunReader["info"] };
}

const modelOf = (one: ReturnType<typeof run>) => configInPlace(one).model.id;

describe("the configuration of a run in its place", () => {
  test("has the folder of the model from beside the runs, wherever the program runs", () => {
    const one = run(join(folder, "mine", "runs", "one"), "./models/base");
    expect(modelOf(one)).toBe(join(folder, "mine", "models", "base"));
    expect(configInPlace(one).run.dir).toBe(join(folder, "mine", "runs"));
    expect(configInPlace(one).corpus.store).toBe(join(folder, "mine", "corpus"));
  });

  test("has it from the folder in which a run with a directory of its own was started", () => {
    const elsewhere = join(folder, "disk", "one");
    expect(modelOf(run(elsewhere, "models/base", join(folder, "mine")))).toBe(
      join(folder, "mine", "models", "base"),
    );
  });

  test("keeps names of a hub, names of a run, and whole paths", () => {
    const directory = join(folder, "mine", "runs", "one");
    for (const id of ["Qwen/Qwen3-4B-Base", "smollm2-135m", "run:other@3", join(folder, "gone")])
      expect(modelOf(run(directory, id))).toBe(id);
  });
});
