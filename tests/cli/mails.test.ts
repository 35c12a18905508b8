import { copyFile, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { documents, FAKE, set, type Workplace, workplace } from "./spice.js";

jest.setTimeout(120_000);

const EXAMPLE = "examples/own-code/mails.ts";
const mail = (id: string, text: string) => `Received: from a.example by b.example
Message-ID: <${id}>
From: Hilda Calder <hilda@branholm.example>
Subject: The library

${text}
-- 
Hilda
`;
const BOOKS = "The library of Branholm holds 18,400 printed books in three halls.";
const HALLS = "The third hall of the library was opened by Otto Hahn in 1962.";
const READER = ['corpus.readers=[{"module":"./mails.ts"}]', ...FAKE];

describe("mails", () => {
  let place: Workplace;
  beforeAll(async () => {
    place = await workplace();
    for (const name of ["in", "short"]) await mkdir(join(place.folder, name));
    await place.write("in/a.eml", mail("a", BOOKS));
    await place.write("in/b.txt", mail("b", BOOKS));
    const line = "From hilda@branholm.example Mon Mar  3 09:00:00 1952\n";
    await place.write("in/c.mbox", `${line}${mail("c", HALLS)}\n${line}${mail("d", BOOKS)}`);
    await place.write(
      "in/e.eml",
      mail("e", "<p>Hello</p>").replace("Subject", "Content-Type: text/html\nSubject"),
    );
    await place.write(
      "in/memo.txt",
      "To: all\nFrom: the board\nSubject: Keys\n\nThe keys of the halls are with the porter.\n",
    );
    await copyFile(EXAMPLE, join(place.folder, "mails.ts"));
    await copyFile(EXAMPLE.replace(".ts", ".test.ts"), join(place.folder, "mails.test.ts"));
  });
  afterAll(async () => {
    await place[Symbol.asyncDispose]();
  });

  test("without a reader, each mail is left out with the page that says what to do; a memo is read", async () => {
    const added = await place.call("corpus", "add", "in", "--json", ...set(...FAKE));
    expect(documents(added)[0]).toMatchObject({ documents: 1, skipped: { unsupported: 3, mail: 1 } });
    const left = await place.call("corpus", "left-out", "in", ...set(...FAKE));
    const lines = left.stdout.trim().split("\n");
    expect(lines).toHaveLength(4);
    for (const line of lines) expect(line).toContain("docs/your-documents.md (Mails)");
    const named = await place.call("corpus", "add", join("in", "a.eml"), ...set(...FAKE));
    expect([named.code, named.stderr]).toEqual([
      2,
      expect.stringContaining("docs/your-documents.md (Mails)"),
    ]);
  });

  test("with the reader of the example, the mails are documents, and its reasons are listed", async () => {
    const settings = set("corpus.store=./read", ...READER);
    const added = await place.call("corpus", "add", "in", "--json", ...settings);
    expect(documents(added)[0]).toMatchObject({
      documents: 3,
      skipped: { mail: 1, duplicate: 1, skipped_by_own_code: 1 },
    });
    const own = await place.call("corpus", "left-out", "--reason", "skipped_by_own_code", ...settings);
    expect(own.stdout).toBe("skipped_by_own_code  file:in/e.eml#e: The mail has no part of plain text.\n");
    const same = await place.call("corpus", "left-out", "--reason", "duplicate", ...settings);
    expect(same.stdout).toContain("file:in/c.mbox#d: file:in/a.eml#a has the same text.");
  });

  test("the example passes its tests", async () => {
    const tested = await place.run("own-code", "test", "mails.test.ts");
    expect([tested.code, tested.stdout]).toEqual([0, expect.stringContaining("pass 5")]);
  });

  test("a reason that the program does not give is refused, with the reasons of the lists", async () => {
    const settings = set("corpus.store=./read", ...FAKE);
    const unknown = await place.call("corpus", "left-out", "--reason", "nonsense", ...settings);
    expect([unknown.code, unknown.stdout]).toEqual([2, ""]);
    expect(unknown.stderr).toContain("SKIP_REASON_UNKNOWN");
    expect(unknown.stderr).toContain("skipped_by_own_code (1)");
    const none = await place.call("corpus", "left-out", "--reason", "not_utf8", ...settings);
    expect([none.code, none.stdout]).toEqual([0, ""]);
  });

  test("a warm start without tasks says what it looked at, what was refused, and what to change", async () => {
    const word = ["harbor", "tower", "library", "bridge", "museum", "mill", "well", "market"];
    for (const name of word)
      await place.write(
        `short/${name}.txt`,
        `Hi all,\n\nThe ${name} is closed.\n\nBye to the ${name},\nAnn\n`,
      );
    const settings = set(
      ...FAKE,
      "corpus.store=./short-corpus",
      "corpus.kinds=[]",
      "warmup.enabled=true",
      "warmup.steps=2",
      "corpus.warmupShare=0.5",
    );
    expect((await place.call("corpus", "add", "short", ...settings)).code).toBe(0);
    const ended = await place.call("train", "--dry-run", ...settings);
    expect([ended.code, ended.stderr]).toEqual([2, expect.stringContaining("WARMUP_NO_TASKS")]);
    expect(ended.stderr).toMatch(/accept no task from \d documents? \(\d segments?; sources:/);
    expect(ended.stderr).toMatch(/Looked at: \d+ sentences? \(0 with a usable answer\)/);
    expect(ended.stderr).toMatch(/\d+ too_few_words \(fewer than 6 words\)/);
    expect(ended.stderr).toContain("use documents with longer sentences");
    expect(ended.stderr).not.toContain("A larger corpus.warmupShare");
  });

  test("the page shows the reader of the example", async () => {
    const page = await readFile("docs/your-documents.md", "utf8");
    const shown = /```ts\n\/\/ mails\.ts\n(.*?)```/s.exec(page)?.[1];
    expect(shown).toBe(await readFile(EXAMPLE, "utf8"));
  });
});
