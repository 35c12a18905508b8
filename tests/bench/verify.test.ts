import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { accuracy, accuracyByType } from "../../bench/verify/accuracy.js";
import { isForMathVerify, judge, type LabelledPair, readPairs } from "../../bench/verify/pairs.js";

const pair = (changes: Partial<LabelledPair>): LabelledPair => ({
  ...{ id: "1", type: "integer", gold: "12", answer: "12", expected: "correct" },
  ...changes,
});

test("precision and recall count what was accepted and what is right; silence accepts nothing", () => {
  const judged = [
    { pair: pair({}), verdict: "correct" },
    { pair: pair({}), verdict: "wrong" },
    { pair: pair({}), verdict: null },
    { pair: pair({ expected: "wrong" }), verdict: "correct" },
    { pair: pair({ expected: "unparsable" }), verdict: "wrong" },
  ];
  expect(accuracy(judged)).toEqual({
    ...{ pairs: 5, precision: 1 / 2, recall: 1 / 3 },
    ...{ falseAccepts: 1, falseRejects: 2, silent: 1 },
  });
  expect(accuracy([])).toMatchObject({ precision: null, recall: null });
});

test("every type has its own row, and all together have one", () => {
  const judged = [
    { pair: pair({}), verdict: "correct" },
    { pair: pair({ type: "string" }), verdict: "wrong" },
  ];
  expect(Object.keys(accuracyByType(judged))).toEqual(["integer", "string", "all"]);
});

test("a labelled set is read with whatever policies it declares, and a line that is none is named", async () => {
  const path = join(await mkdtemp(join(tmpdir(), "spice-pairs-")), "pairs.jsonl");
  const good = { ...pair({}), policy: { tolerance: "1%" } };
  await writeFile(path, `${JSON.stringify(good)}\n\n`);
  expect(await readPairs(path)).toEqual([good]);
  await writeFile(path, '{"id":"1"}\n');
  await expect(readPairs(path)).rejects.toThrow("pairs.jsonl:1");
});

test("a multiple-choice pair is judged with its options", () => {
  const choice = pair({ type: "mcq", options: ["Porto", "Lisbon"], gold: "Lisbon", answer: "B" });
  expect(judge(choice)).toBe("correct");
});

test("math-verify is asked about types it reads, and only where no policy was declared", () => {
  expect(isForMathVerify(pair({}))).toBe(true);
  expect(isForMathVerify(pair({ policy: {} }))).toBe(true);
  expect(isForMathVerify(pair({ policy: { percent: "ignored" } }))).toBe(false);
  expect(isForMathVerify(pair({ type: "string" }))).toBe(false);
});
