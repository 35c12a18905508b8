import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { nameOfRun, runDirectory } from "../../src/cli/runs/named-run.js";
import { Output } from "../../src/cli/terminal/output.js";
import { describeWithPython } from "../support/python.js";
import type { Finished } from "./process.js";
import { copyFinishedRun } from "./shared/finished-run.js";
import { documents, type Workplace, workplace } from "./spice.js";

jest.setTimeout(180_000);

describeWithPython("a run in the folder that the configuration names", () => {
  let place: Workplace;
  let id: string;
  beforeAll(async () => {
    place = await workplace();
    expect((await place.call("init", "--trainer", "fake")).code).toBe(0);
    await place.write("exp.config.yaml", "extends: ./spice.config.ts\nrun: { dir: ./exp }\n");
    id = await copyFinishedRun(place, "exp");
  });
  afterAll(async () => {
    await place[Symbol.asyncDispose]();
  });

  /** `tasks` and `documents` are processes here. Other tests start processes of the others. */
  const start = (words: readonly string[]) =>
    /^(tasks|documents)$/.test(words[1] ?? "") ? place.run(...words) : place.call(...words);

  const listed = (done: Finished): string[] =>
    ((documents(done)[0]?.["runs"] ?? []) as { id: string }[]).map((one) => one.id);

  test("is listed by run.dir, by -s, by --runs-dir and by the old --runs, and not elsewhere", async () => {
    expect(existsSync(join(place.folder, "runs"))).toBe(false);
    expect(listed(await place.call("runs", "list", "--json"))).toEqual([]);
    for (const words of [
      ["-c", "exp.config.yaml"],
      ["-s", "run.dir=exp"],
      ["--runs-dir", "exp"],
      ["--runs", "exp"],
    ])
      expect([words, listed(await place.call("runs", "list", "--json", ...words))]).toEqual([words, [id]]);
  });

  test("is found by `latest`, its id, its name, which is a part of the id, and its folder", async () => {
    const root = join(place.folder, "exp");
    const options = { set: [], runsDir: root };
    for (const wanted of ["latest", id, "town", join(root, id)])
      expect([wanted, await runDirectory(wanted, options, new Output({}))]).toEqual([wanted, join(root, id)]);
    const folderAlone = { set: [], runsDir: "nowhere" };
    expect(await runDirectory(join(root, id), folderAlone, new Output({}))).toBe(join(root, id));
  });

  test("is read by every command that takes a run, under new names and old ones", async () => {
    const named = ["-c", "exp.config.yaml", "--json"];
    const schemas = async (...words: readonly string[]) => {
      const done = await start([...words, ...named]);
      return [done.code, documents(done)[0]?.["schema"]];
    };
    expect(await schemas("runs", "show", "town")).toEqual([0, "spice.run-summary/1"]);
    expect(await schemas("runs", "funnel", "town")).toEqual([0, "spice.funnel/1"]);
    expect(await schemas("runs", "report", "town", "--control", "latest")).toEqual([0, "spice.report/1"]);
    expect(await schemas("runs", "replay")).toEqual([0, "spice.replay/1"]);
    expect(await schemas("runs", "tasks", "town")).toEqual([0, "spice.tasks/1"]);
    expect(await schemas("runs", "documents", "town")).toEqual([0, "spice.documents/1"]);
    expect(await schemas("replay", "town")).toEqual([0, "spice.replay/1"]);
    expect(await schemas("play", "town")).toEqual([0, "spice.play/1"]);
    // The old option names the run: a run that does not exist is not found.
    const nobody = await place.call("play", "--run", "nobody", ...named);
    expect([nobody.code, documents(nobody)[0]]).toEqual([
      2,
      expect.objectContaining({ code: "RUN_NOT_FOUND" }),
    ]);
  });

  test("is trained again by other trainers from its recorded batch, under the new name and the old one", async () => {
    const both = ["--step", "1", "-c", "exp.config.yaml", "--json"];
    const compared = await place.run(
      "trainer",
      "compare",
      "town",
      "--trainer",
      "fake",
      "--trainer",
      "fake",
      ...both,
    );
    expect([compared.code, compared.code === 0 ? "" : compared.stderr]).toEqual([0, ""]);
    // tests/cli/program.test.ts reads lists of trainers with the old option.
    const old = await place.call("parity", "--run", "town", "--trainers", "fake", ...both);
    const [two, alone] = [compared, old].map((done) => {
      const [report] = documents(done) as { ok: boolean; rows: { trainer: string; loss: number }[] }[];
      expect(report).toMatchObject({ schema: "spice.parity/1", run: id, step: 1, ok: true });
      return report?.rows ?? [];
    });
    expect(two?.map((row) => row.trainer)).toEqual(["fake", "fake"]);
    expect(two?.[0]?.loss).toBe(two?.[1]?.loss);
    expect(alone?.map((row) => [row.trainer, row.loss])).toEqual([["fake", two?.[0]?.loss]]);
    const unknown = await place.call("trainer", "compare", "town", "--dtype", "int4", ...both);
    expect([unknown.code, unknown.stderr.includes("float32, bfloat16, auto")]).toEqual([2, true]);
  });

  test("two names for a run, or a name that two runs have, are refused", async () => {
    expect(() => nameOfRun("town", { run: "other" })).toThrow("Two runs are named.");
    await cp(join(place.folder, "exp"), join(place.folder, "two"), { recursive: true });
    await cp(join(place.folder, "exp", id), join(place.folder, "two", `${id}-copy`), { recursive: true });
    const two = { set: [], runsDir: join(place.folder, "two") };
    await expect(runDirectory("tow", two, new Output({}))).rejects.toThrow("2 runs match");
  });

  test("a run that is named by its folder is read beside a configuration that is wrong", async () => {
    const wrong = await place.write("spice.config.yaml", "stpes: 3\n");
    const shown = await place.call("runs", "show", join("exp", id), "-c", basename(wrong), "--json");
    expect([shown.code, documents(shown)[0]?.["schema"]]).toEqual([0, "spice.run-summary/1"]);
  });

  /** A copy of the run as another version would write it, with a check that does not exist. */
  async function withCheck(name: string, severity: "off" | "refuse"): Promise<string> {
    const folder = join(place.folder, name);
    await cp(join(place.folder, "exp", id), folder, { recursive: true });
    const config = JSON.parse(await readFile(join(folder, "config.json"), "utf8"));
    const text = JSON.stringify({ ...config, admission: { ...config.admission, rhyme: severity } });
    await writeFile(join(folder, "config.json"), text);
    const info = JSON.parse(await readFile(join(folder, "run.json"), "utf8"));
    const configDigest = createHash("sha256").update(text).digest("hex");
    await writeFile(join(folder, "run.json"), JSON.stringify({ ...info, configDigest }));
    return folder;
  }

  test("a run with a setting that does not exist is read, and one warning names the setting", async () => {
    const folder = await withCheck("with-rhyme", "refuse");
    for (const words of [["show"], ["report", "--out", "rhyme.html"], ["replay"], ["funnel"]]) {
      const done = await place.call("runs", ...words, folder);
      expect([words[0], done.code, done.stderr.match(/Warning:.*/g)]).toEqual([
        words[0],
        0,
        ["Warning: The run has a setting that this version does not have: admission.rhyme."],
      ]);
    }
  });

  test("a run is resumed without a check that was switched off, and not without one that was on", async () => {
    const unused = await place.call("train", "--resume", await withCheck("rhyme-off", "off"));
    expect([unused.code, unused.stderr.match(/Warning:.*rhyme\./g)?.length]).toEqual([0, 1]);
    const used = await place.call("train", "--resume", await withCheck("rhyme-on", "refuse"));
    expect([used.code, used.stderr.includes('admission.rhyme = "refuse"')]).toEqual([2, true]);
    expect(used.stderr).toContain("CONFIG_INVALID");
  });
});
