/** Tests of the modules in this folder. `spice own-code test own-code.test.ts` runs them. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { testCheck, testReader, testReward, testSink, testSource } from "spice-orchestrator/own-code";
import check from "./check.ts";
import mails from "./mails.ts";
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

const MAIL = `Message-ID: <3@velmora.example>
Subject: Re: =?utf-8?Q?The_caf=C3=A9?=
Content-Type: multipart/alternative;
 boundary="cut"

--cut
Content-Type: text/plain; charset="iso-8859-1"
Content-Transfer-Encoding: quoted-printable

On Monday, Hilda Calder wrote:
> When did it open?

The caf=E9 opened in 1907, and the harbor =
office in 1911.
-- 
Corin
--cut
Content-Type: text/html

<p>The same.</p>
--cut--
`;

test("the reader of mails keeps the words of the sender", () => {
  const text = "The café opened in 1907, and the harbor office in 1911.";
  assert.deepEqual(testReader(mails, { path: "a.eml", content: MAIL }), [
    { id: "3@velmora.example", title: "Re: The café", text, splitKey: "The café" },
  ]);
});

test("the reader of mails gives a document for each mail of an archive", () => {
  const line = "From corin@velmora.example Mon Mar  3 09:00:00 1952\n";
  const base64 = "Subject: Books\nContent-Transfer-Encoding: base64\n\nSXQgd2FzIDE2NTIu\n";
  const found = testReader(mails, { path: "a.mbox", content: `${line}${MAIL}\n${line}${base64}` });
  assert.deepEqual(found[1], { id: "2", title: "Books", text: "It was 1652.", splitKey: "Books" });
});

test("the reader of mails leaves out a mail without plain text, and a mail that cannot be decoded", () => {
  const skipOf = (content: string) => testReader(mails, { path: "a.eml", content })[0];
  assert.deepEqual(skipOf("Content-Type: text/html\n\n<p>Hello</p>\n"), {
    id: "1",
    skip: "The mail has no part of plain text.",
  });
  assert.match(
    JSON.stringify(skipOf("Content-Type: text/plain; charset=x-none\n\nHello\n")),
    /cannot be decoded/,
  );
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
