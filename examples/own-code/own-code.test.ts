/**
 * Tests of the modules in this folder. The helpers throw when a case fails, so they work in every
 * test runner: this file uses the one of Node.js. `npx jiti own-code.test.ts` runs it.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { testCheck, testReader, testReward, testSink, testSource } from "spice-orchestrator/own-code";
import check from "./check.ts";
import reader from "./reader.ts";
import reward from "./reward.ts";
import sink from "./sink.ts";
import source from "./source.ts";

test("the reward is highest at its peak", () => {
  testReward(
    reward,
    [
      { blind: [2, 8], reward: 1 },
      { blind: [8, 8], reward: 0.25 },
    ],
    { peak: 0.25 },
  );
});

test("the check refuses long questions", () => {
  testCheck(
    check,
    {
      passes: [{ question: "Who dredged the harbor?", answer: "Corin Ekman" }],
      refuses: [
        {
          question: "Who was it that dredged the harbor?",
          answer: "Corin Ekman",
          code: "own_long_question",
        },
      ],
    },
    { words: 5 },
  );
});

test("the reader keeps the spoken lines", () => {
  const content = "1\n00:00:01,000 --> 00:00:03,000\n<i>The mole is of granite.</i>\n";
  assert.deepEqual(testReader(reader, { path: "mole.srt", content }), [{ text: "The mole is of granite." }]);
});

test("the source reads two messages", async () => {
  const found = await testSource(source, { file: "documents/letters.mbox" });
  assert.deepEqual(
    found.map((one) => one.id),
    ["1@velmora.example", "2@velmora.example"],
  );
});

test("the sink refuses options that it does not know", async () => {
  await assert.rejects(testSink(sink, { colums: [] }));
});
