import { existsSync } from "node:fs";
import { readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { describeWithPython } from "../support/python.js";
import { copyFinishedRun } from "./shared/finished-run.js";
import { documents, FAKE, set, type Workplace, workplace } from "./spice.js";

jest.setTimeout(180_000);

describeWithPython("the trained weights of a run as the model of another", () => {
  let place: Workplace;
  const at = (name: string) => join(place.folder, name);
  const json = async (path: string) => JSON.parse(await readFile(at(path), "utf8"));
  const settings = () => set(...FAKE.filter((one) => !one.startsWith("model.id")), "corpus.kinds=[]");
  const train = (...words: readonly string[]) =>
    place.call("train", ...settings(), "-s", "steps=1", ...words);
  beforeAll(async () => {
    place = await workplace();
    await rename(at(join("runs", await copyFinishedRun(place))), at("runs/first"));
    expect((await place.call("runs", "rename", "latest", "first")).code).toBe(0);
  });
  afterAll(async () => {
    await place[Symbol.asyncDispose]();
  });

  test("checkpoints without weights for transformers are refused before a run is written", async () => {
    const refused = await train("-s", "model.id=run:first", "--dir", at("runs/none"));
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("MODEL_NOT_EXPORTABLE")]);
    expect(existsSync(at("runs/none"))).toBe(false);
    const exported = await place.call("runs", "export-model", "first", "model");
    expect([exported.code, exported.stderr]).toEqual([2, expect.stringContaining("MODEL_NOT_EXPORTABLE")]);
    expect(existsSync(at("model"))).toBe(false);
  });

  test("a checkpoint that is a model folder is linked; config.json and run.json have run, step and digest", async () => {
    const checkpoint = "runs/first/checkpoints/000003";
    for (const name of ["config.json", "tokenizer.json", "model.safetensors"])
      await writeFile(at(`${checkpoint}/${name}`), "{}");
    const [exported] = documents(await place.run("runs", "export-model", "first", "model", "--json"));
    expect(exported).toMatchObject({ schema: "spice.exported-model/1", step: 3, path: at("model") });
    expect((await stat(at("model/model.safetensors"))).nlink).toBeGreaterThan(1);
    const again = await place.call("runs", "export-model", "first", "model");
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining("FOLDER_NOT_EMPTY")]);

    const probed = await place.call("probe", ...settings(), "-s", "model.id=run:latest", "--tries", "0");
    expect([probed.code, probed.stderr]).toEqual([0, expect.stringContaining("Making a model of step 3")]);
    expect(existsSync(at("runs/first/models"))).toBe(false);

    const done = await train("-s", "model.id=run:latest", "--dir", at("runs/second"), "--name", "second");
    expect([done.code, done.code === 0 ? "" : done.stderr]).toEqual([0, ""]);
    const [first, info] = [await json("runs/first/run.json"), await json("runs/second/run.json")];
    expect((await json("runs/second/config.json")).model.id).toBe(`run:${first.id}@3`);
    expect(info.provenance.model).toEqual({
      run: first.id,
      step: 3,
      policyDigest: exported?.["policyDigest"],
    });
    expect(existsSync(at("runs/first/models/000003/config.json"))).toBe(true);
    const [pruned] = documents(
      await place.run("runs", "prune", "first", "--keep-checkpoints", "9", "--json"),
    );
    expect(pruned).toMatchObject({ runs: [{ models: 1 }] });
    expect(existsSync(at("runs/first/models/000003"))).toBe(false);
    expect((await place.call("train", "--resume", "second", "--steps", "+1")).code).toBe(0);
    expect(existsSync(at("runs/first/models/000003"))).toBe(true);
  });

  test("the model of a run stays when its checkpoint is removed", async () => {
    for (const name of ["config.json", "tokenizer.json", "model.safetensors"])
      await writeFile(at(`runs/first/checkpoints/000002/${name}`), "{}");
    const done = await train("-s", "model.id=run:first@2", "--name", "fourth", "--dir", at("runs/fourth"));
    expect([done.code, done.code === 0 ? "" : done.stderr]).toEqual([0, ""]);
    await place.run("runs", "prune", "first", "--keep-checkpoints", "1");
    expect(existsSync(at("runs/first/checkpoints/000002"))).toBe(false);
    expect(existsSync(at("runs/first/models/000002/config.json"))).toBe(true);
    expect((await place.call("train", "--resume", "fourth", "--steps", "+1")).code).toBe(0);
  });

  test("a step without a checkpoint, a name of no run and a missing run are errors with the way out", async () => {
    const wrong = async (id: string) => {
      const { code, stderr } = await train("-s", `model.id=${id}`);
      return [code, stderr];
    };
    expect(await wrong("run:first@7")).toEqual([2, expect.stringMatching(/checkpoints? of (the )?steps? 3/)]);
    expect(await wrong("run:nobody")).toEqual([2, expect.stringContaining("RUN_NOT_FOUND")]);
    expect(await wrong("run:")).toEqual([2, expect.stringContaining("MODEL_RUN_INVALID")]);
    await rm(at("runs/first"), { recursive: true });
    const orphan = await place.call("train", "--resume", "second", "--steps", "+1");
    expect([orphan.code, orphan.stderr]).toEqual([2, expect.stringContaining("RUN_NOT_FOUND")]);
  });
});
