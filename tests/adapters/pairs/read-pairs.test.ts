import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { sha256 } from "../../../src/adapters/hash/sha256.js";
import { readPairs } from "../../../src/adapters/pairs/read-pairs.js";
import { keyed } from "../../../src/core/random/rng.js";
import { pairTasks } from "../../../src/core/warmup/pairs.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "spice-pairs-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(...lines: readonly (object | string)[]) {
  const path = join(folder, "pairs.jsonl");
  await writeFile(path, lines.map((one) => (typeof one === "string" ? one : JSON.stringify(one))).join("\n"));
  return readPairs(path, sha256);
}

const MILL = {
  text: "The mill burned down in 1907.",
  question: "When did the mill burn down?",
  answer: "1907",
};

test("pairs with the same text share one document", async () => {
  const { texts, pairs } = await read(
    { ...MILL, type: "date" },
    { ...MILL, question: "What burned down in 1907?", answer: "The mill" },
    "",
    { text: "The well is 12 m deep.", question: "How deep is the well?", answer: "12 m", type: "quantity" },
  );
  expect([texts.length, pairs]).toEqual([2, 3]);
  expect(texts[0]?.pairs.map(({ answerType }) => answerType)).toEqual(["date", "string"]);
});

test("a pair that contradicts its text is left out and counted by its line", async () => {
  const { pairs, contradicted } = await read(MILL, { ...MILL, answer: "1908" });
  expect([pairs, contradicted]).toEqual([1, [2]]);
});

test.each([
  ["an answer that is not of its type", { type: "boolean" }],
  ["an answer among the wrong options", { wrong: ["1907", "1911"] }],
  [
    "a second answer to the same question",
    { text: "The mill burned down in 1907, not in 1911.", answer: "1911" },
  ],
])("%s is left out", async (_, change) => {
  const first = { ...MILL, ...("text" in change ? { text: change.text } : {}) };
  const { pairs, contradicted } = await read(
    first,
    { ...first, question: "When?", answer: "1907" },
    { ...MILL, ...change },
  );
  expect([pairs, contradicted]).toEqual([2, [3]]);
});

test("wrong options are the given ones, then answers about other texts", async () => {
  const others = ["1812", "1899", "1950"].map((year) => ({
    text: `The barn fell in ${year}.`,
    question: "When did the barn fall?",
    answer: year,
  }));
  const { texts } = await read({ ...MILL, wrong: ["1066"] }, ...others);
  const [task] = pairTasks(texts[0] as (typeof texts)[0], texts, keyed("pairs"));
  expect(task?.wrong[0]).toBe("1066");
  expect(task?.wrong).toHaveLength(3);
});

test.each([
  ["a line that is not JSON", ["{"], "pairs.jsonl:1"],
  ["a missing field", [{ text: "a", question: "b" }], "pairs.jsonl:1"],
  ["an unknown type", [MILL, { ...MILL, type: "year" }], "pairs.jsonl:2"],
  ["no usable pair", [{ ...MILL, answer: "1908" }], "pairs.jsonl"],
  ["an empty file", [], "pairs.jsonl"],
])("%s is an error with its place", async (_, lines, place) => {
  await expect(read(...lines)).rejects.toMatchObject({
    code: "PAIRS_UNREADABLE",
    exit: 2,
    where: expect.stringMatching(new RegExp(`${place}$`)),
  });
});

test("a path without a file is a fault of the configuration, with the setting and the path", async () => {
  for (const path of [join(folder, "none.jsonl"), folder])
    await expect(readPairs(path, sha256)).rejects.toMatchObject({
      code: "PAIRS_MISSING",
      where: `warmup.pairs → ${path}`,
      hint: expect.stringContaining("relative to the working directory"),
      exit: 2,
    });
});
