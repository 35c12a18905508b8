import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { accuracy, accuracyByType } from "../../bench/verify/accuracy.js";
import { measureForeign, readForeign, renderForeign } from "../../bench/verify/foreign.js";
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

const FOREIGN = ["tests/data/verifier/foreign.jsonl", "tests/data/verifier/foreign-other.jsonl"];

test("foreign pairs name their source; a policy as a text is a conflict, and one as an object is rules", async () => {
  const path = join(await mkdtemp(join(tmpdir(), "spice-foreign-")), "foreign.jsonl");
  const rows = [
    { ...pair({ id: "a" }), source: "one" },
    { ...pair({ id: "b", answer: "12%" }), source: "two", policy: "percent" },
    { ...pair({ id: "c", answer: "12,0" }), source: "two", policy: { decimal: "comma" } },
    { ...pair({ id: "d", answer: "13" }), source: "two" },
  ];
  await writeFile(path, rows.map((row) => JSON.stringify(row)).join("\n"));
  expect((await readForeign([path, `${path}.none`])).map(({ id, conflict }) => [id, conflict])).toEqual([
    ["a", null],
    ["b", "percent"],
    ["c", null],
    ["d", null],
  ]);
  const asked: string[] = [];
  const measured = await measureForeign([path], async (pairs) => {
    asked.push(...pairs.map(({ id }) => id));
    return [
      { kind: "verdict", verdict: "correct", detail: "" },
      { kind: "infrastructure", cause: "timeout", detail: "" },
    ];
  });
  expect(asked).toEqual(["a", "d"]);
  expect(measured.rulesBySource).toMatchObject({
    one: { pairs: 1, recall: 1 },
    two: { pairs: 2, recall: 1 / 2, falseAccepts: 0 },
  });
  expect(measured.mathVerify).toMatchObject({ pairs: 2, recall: 1 / 2, silent: 1 });
  expect(measured.missed).toEqual(["d"]);
  expect(measured.conflicts).toEqual([
    expect.objectContaining({ id: "b", theirs: "correct", ours: "unparsable", policy: "percent" }),
  ]);
  expect(renderForeign(measured)).toContain("rules and label differ: d");
  await writeFile(path, JSON.stringify(pair({})));
  await expect(readForeign([path])).rejects.toThrow("needs a source");
});

test("on the kinds of other graders the rules accept no wrong answer, and 95 % of the right ones", async () => {
  const { rules, conflicts, pairs } = await measureForeign(FOREIGN, async () => []);
  expect(pairs).toBeGreaterThanOrEqual(200);
  expect(Object.keys(rules).length).toBeGreaterThanOrEqual(8);
  expect(rules["all"]?.falseAccepts).toBe(0);
  expect(rules["all"]?.recall).toBeGreaterThanOrEqual(0.95);
  // Each conflict is a real one: the rules and the other grader differ.
  for (const { id, theirs, ours } of conflicts)
    expect([id, (theirs === "correct") === (ours === "correct")]).toEqual([id, false]);
});
