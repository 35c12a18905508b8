/** Tests of the modules in this folder. `spice own-code test own-code.test.ts` runs them. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

test("the source reads the messages of an archive", async () => {
  const file = join(await mkdtemp(join(tmpdir(), "mail-")), "letters.mbox");
  await writeFile(file, "From a\nMessage-ID: <1@velmora.example>\nSubject: Salt\n\nThe salt is here.\n");
  assert.deepEqual(await testSource(source, { file }), [
    { id: "1@velmora.example", title: "Salt", subject: "Salt", text: "The salt is here.\n" },
  ]);
});

test("the sink writes a line for each step", async () => {
  const directory = await mkdtemp(join(tmpdir(), "run-"));
  await testSink(sink, { columns: ["tasks"] }, [{ step: 1, tasks: 4 }], { directory });
  assert.equal(await readFile(join(directory, "steps.csv"), "utf8"), "step,tasks\n1,4\n");
});
