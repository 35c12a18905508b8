import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { appendReview } from "../../../src/adapters/runs/review-log.js";
import type { ReviewRecord } from "../../../src/core/truth/review.js";
import { tempFolder } from "../support/temp-folder.js";

const record = (step: number, answer = "12"): ReviewRecord => ({
  ...{ step, taskId: "t", segmentId: "s", attempt: 0, kind: "blind", answerType: "integer" },
  ...{ question: "How many?", gold: "12", answer, native: "correct", second: "wrong" },
  ...{ by: "math-verify", rewarded: "native" },
});

const answers = async (path: string) =>
  (await readFile(path, "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => `${(JSON.parse(line) as ReviewRecord).step} ${(JSON.parse(line) as ReviewRecord).answer}`);

test("records are appended, one JSON object a line", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "review.jsonl");
  await appendReview(path, 1, [record(1, "a"), record(1, "b")]);
  await appendReview(path, 2, []);
  await appendReview(path, 3, [record(3, "c")]);
  expect(await answers(path)).toEqual(["1 a", "1 b", "3 c"]);
});

test("a step that is played again replaces what it wrote before, and a torn line goes", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "review.jsonl");
  await appendReview(path, 1, [record(1, "a")]);
  await appendReview(path, 2, [record(2, "b"), record(2, "c")]);
  await appendReview(path, 3, [record(3, "d")]);
  await appendFile(path, '{"step":4,"ans');
  await appendReview(path, 2, [record(2, "e")]);
  expect(await answers(path)).toEqual(["1 a", "2 e"]);
  await appendReview(path, 2, []);
  expect(await answers(path)).toEqual(["1 a"]);
});

test("one step cannot fill the file, and a full file takes no more", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "review.jsonl");
  await appendReview(
    path,
    1,
    Array.from({ length: 1000 }, () => record(1)),
  );
  expect(await answers(path)).toHaveLength(100);
  const line = `${JSON.stringify({ ...record(1), question: "x".repeat(60_000) })}\n`;
  await writeFile(path, line.repeat(Math.ceil((16 << 20) / line.length)));
  await appendReview(path, 2, [record(2, "late")]);
  expect(await readFile(path, "utf8")).not.toContain("late");
});
