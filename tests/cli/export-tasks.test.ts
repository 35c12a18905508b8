import { execFile } from "node:child_process";
import { access, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { describeWithPython, python } from "../support/python.js";
import { copyCorpus, type FinishedRun, finishedRun } from "./shared/finished-run.js";
import { documents, type Workplace, workplace } from "./spice.js";

jest.setTimeout(120_000);

const run = promisify(execFile);

/** Verifies the gold answer and a wrong answer of each task with the modules of the package. */
const CHECK = `
import json
from spice_tasks_tried.rows import read_rows
from spice_tasks_tried.rules import Rules, RulesError

rules = Rules()
rows = list(read_rows())
gold = [rules.verify(row.fields, rules.gold_text(row.fields)).verdict for row in rows]
other = [rules.verify(row.fields, "I do not know.").verdict for row in rows]
cut = rules.verify(rows[0].fields, rules.gold_text(rows[0].fields), finished=False).verdict
rules.close()
again = rules.verify(rows[0].fields, rules.gold_text(rows[0].fields)).verdict
try:
    rules.verify({**rows[0].fields, "prompt_family": "nothing/1"}, "")
    refused = "accepted"
except RulesError:
    refused = "refused"
rules.close()
print(json.dumps({"rows": len(rows), "gold": gold, "other": other, "again": again, "refused": refused, "cut": cut}))
`;

describeWithPython("spice runs export", () => {
  let place: Workplace;
  let finished: FinishedRun;
  const from = (...args: readonly string[]) =>
    place.call("runs", "export", join(finished.folder, "runs", finished.id), ...args);
  beforeAll(async () => {
    place = await workplace();
    finished = await finishedRun();
    await copyCorpus(place);
  });
  afterAll(async () => {
    await place[Symbol.asyncDispose]();
  });

  test("jsonl: one row for each different task, with prompt, evidence and document; a card with counts", async () => {
    const done = await from("rows", "--json");
    expect([done.code, done.stderr]).toEqual([0, expect.anything()]);
    const [summary] = documents(done) as [{ tasks: number; licenses: Record<string, number> }];
    const lines = (await readFile(join(place.folder, "rows", "tasks.jsonl"), "utf8")).trim().split("\n");
    const rows = lines.map((line) => JSON.parse(line));
    expect(rows.length).toBe(summary.tasks);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    for (const row of rows) {
      expect(row.prompt.at(-1).content).toContain(row.question);
      expect(row.text).not.toBe("");
      expect(row.run).toBe(finished.id);
      expect(row.pass_rate === null || (row.pass_rate >= 0 && row.pass_rate <= 1)).toBe(true);
    }
    const card = await readFile(join(place.folder, "rows", "README.md"), "utf8");
    expect(card).toMatch(/^---\npretty_name: /);
    expect(card).toContain(`${summary.tasks} question-answer tasks`);
    expect(card).toContain(finished.id);
    expect(Object.values(summary.licenses).reduce((sum, one) => sum + one, 0)).toBe(summary.tasks);
  });

  test("parquet: the rows of jsonl, read by another library", async () => {
    const { parquetReadObjects, asyncBufferFromFile } = await import("hyparquet");
    await from("table", "--format", "parquet");
    const file = await asyncBufferFromFile(join(place.folder, "table", "tasks.parquet"));
    const rows = await parquetReadObjects({ file });
    await from("same", "--format", "jsonl");
    const lines = (await readFile(join(place.folder, "same", "tasks.jsonl"), "utf8")).trim().split("\n");
    expect(rows).toEqual(lines.map((line) => JSON.parse(line)));
  });

  test("a Python package verifies gold answers as right and other answers as not right", async () => {
    for (const form of ["verifiers", "openenv"]) {
      const out = `package-${form}`;
      const done = await from(out, "--format", form, "--name", "Spice tasks: tried");
      expect([done.code, done.stderr]).toEqual([0, expect.stringContaining("README.md")]);
      await writeFile(join(place.folder, "check.py"), CHECK);
      // The module imports the library of its form. The tests have no such library.
      await writeFile(join(place.folder, out, "spice_tasks_tried", "__init__.py"), "");
      const environment = { ...process.env, PYTHONPATH: join(place.folder, out) };
      const { stdout } = await run(python ?? "", [join(place.folder, "check.py")], { env: environment });
      const found = JSON.parse(stdout);
      expect(found.rows).toBeGreaterThan(0);
      expect(new Set(found.gold)).toEqual(new Set(["correct"]));
      expect(found.other).not.toContain("correct");
      expect([found.again, found.refused]).toEqual(["correct", "refused"]);
      // The line of an attempt that was cut off has no end.
      expect(found.cut).toBe("unparsable");
    }
  });

  test("a folder with files, and a selection without tasks, are refused, and nothing is left", async () => {
    await from("full");
    const again = await from("full");
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining("FOLDER_NOT_EMPTY")]);
    const none = await from("none", "--document", "no such title");
    expect([none.code, none.stderr]).toEqual([4, expect.stringContaining("NO_TASKS")]);
    await expect(access(join(place.folder, "none"))).rejects.toThrow("ENOENT");
    expect((await readdir(place.folder)).filter((name) => name.includes("partial"))).toEqual([]);
    const named = await from("named", "--format", "verifiers", "--name", "7");
    expect([named.code, named.stderr]).toEqual([2, expect.stringContaining("EXPORT_NAME")]);
  });
});
