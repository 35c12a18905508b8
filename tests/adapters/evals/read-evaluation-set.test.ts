import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { readEvaluationSet } from "../../../src/adapters/evals/read-evaluation-set.js";
import { openLocal } from "../../../src/adapters/sources/local-source.js";
import { sha256 } from "../../support/fixtures.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "spice-evals-"));
});
afterAll(() => rm(folder, { recursive: true }));

const write = async (name: string, content: string | Buffer) => {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
};

test("reads questions, answers and ids under the names that benchmarks use, plain and gzipped", async () => {
  const lines = [
    '{"id":"a","question":"How many?","answer":"4"}',
    "",
    '{"problem":"Solve x.","solution":7}',
    '{"doc":{"query":"Who?","gold":["Ada","Bob"]},"id":"c"}',
    '{"note":"no question here"}',
  ].join("\n");
  const plain = await readEvaluationSet(await write("set.jsonl", lines));
  expect(plain).toEqual({
    name: "set.jsonl",
    digest: sha256(lines),
    items: [
      { id: "a", question: "How many?", answer: "4" },
      { id: "line 3", question: "Solve x.", answer: "7" },
      { id: "c", question: "Who?", answer: "Ada" },
    ],
  });
  const packed = await readEvaluationSet(await write("set.jsonl.gz", gzipSync(lines)));
  expect(packed.items).toEqual(plain.items);
});

test.each([
  ["torn.jsonl", '{"question":"How'],
  ["empty.jsonl", ""],
  ["bad.jsonl.gz", "not gzip"],
  ["latin.jsonl", Buffer.from([0x7b, 0xff])],
])("refuses %s", async (name, content) => {
  const path = await write(name, content);
  await expect(readEvaluationSet(path)).rejects.toMatchObject({ code: "EVALUATION_SET_UNREADABLE", exit: 2 });
});

test("refuses a file that is not there", async () => {
  await expect(readEvaluationSet(join(folder, "none.jsonl"))).rejects.toMatchObject({
    code: "EVALUATION_SET_UNREADABLE",
  });
});

test("a record that opts out of training keeps that mark as a document", async () => {
  const path = await write("docs.jsonl", '{"text":"Mine.","noai":true}\n{"text":"Ours.","noai":false}\n');
  const marks: unknown[] = [];
  for await (const item of (await openLocal(path)).read())
    if (item.kind === "document") marks.push(item.document.optOut);
  expect(marks).toEqual([true, undefined]);
});
