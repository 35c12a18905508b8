import { symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { openSource } from "../../../src/adapters/sources/open-source.js";
import type { SourceItem } from "../../../src/app/ports/corpus.js";
import { collect } from "../support/run-fixtures.js";
import { tempFolder } from "../support/temp-folder.js";

const HANDBOOK = "tests/fixtures/corpus/handbook";

async function read(path: string, options = {}): Promise<SourceItem[]> {
  return collect((await openSource(path, options)).read());
}

function summary(item: SourceItem): readonly string[] {
  if (item.kind === "skip") return [item.reason, item.where];
  if (item.kind !== "document") return [item.kind];
  return [item.document.title, item.document.sourceUri];
}

describe("local files", () => {
  test("a folder gives its files in order, and says what it could not use", async () => {
    const items = await read(HANDBOOK);
    expect(items.map(summary)).toEqual([
      ["Field guide", `file:handbook/guide.md`],
      ["Bridges", `file:handbook/guide.md#bridges`],
      ["Bridges: Arch bridges", `file:handbook/guide.md#arch-bridges`],
      ["no_text", `file:handbook/guide.md#empty-section`],
      ["Bridges: Suspension bridges", `file:handbook/guide.md#suspension-bridges`],
      ["First letter", `file:handbook/letters.jsonl#a-1`],
      ["letters.jsonl", "https://example.org/letters/2"],
      ["malformed", `file:handbook/letters.jsonl#L3`],
      ["malformed", `file:handbook/letters.jsonl#L4`],
      ["no_text", `file:handbook/letters.jsonl#L5`],
      ["letters.jsonl", `file:handbook/letters.jsonl#a-6`],
      ["note.txt", `file:handbook/note.txt`],
      ["unsupported", `file:handbook/picture.png`],
    ]);
  });

  test("Markdown is cut at its first two levels, without front matter", async () => {
    const [before, , arch] = await read(`${HANDBOOK}/guide.md`);
    expect(before).toMatchObject({
      document: { text: expect.not.stringContaining("Field guide"), splitKey: "file:guide.md" },
    });
    expect(arch).toMatchObject({
      document: { text: expect.stringMatching(/^Arch[\s\S]*\n# Not a[\s\S]*\nDeeper/) },
    });
  });

  test("JSONL keeps what a record says about itself", async () => {
    const [first, second] = await read(`${HANDBOOK}/letters.jsonl`, { licence: "CC0-1.0" });
    expect(first).toMatchObject({
      document: { licence: "CC-BY-4.0", language: "en-GB", kind: "prose", subject: "" },
    });
    expect(second).toMatchObject({ document: { licence: "CC0-1.0", language: "en" } });
    const titles = await read(`${HANDBOOK}/letters.jsonl`, { textField: "title" });
    expect(titles.filter(({ kind }) => kind === "document")).toHaveLength(1);
  });

  test("gzip of several members is read whole; a torn one is an error", async () => {
    await using folder = await tempFolder();
    const path = join(folder.path, "many.jsonl.gz");
    const member = (text: string) => gzipSync(`${JSON.stringify({ text })}\n`);
    await writeFile(path, Buffer.concat([member("one"), member("two")]));
    expect(await read(path)).toHaveLength(2);
    await writeFile(path, member("x".repeat(500)).subarray(0, 20));
    await expect(read(path)).rejects.toMatchObject({ code: "SOURCE_DAMAGED", exit: 3, where: path });
  });

  test("byte order marks decide, other bytes than UTF-8 are refused with their place", async () => {
    await using folder = await tempFolder();
    const path = join(folder.path, "a.txt");
    const textOf = async (bytes: Buffer) => {
      await writeFile(path, bytes);
      const [item] = await read(path);
      return item?.kind === "document" ? item.document.text : null;
    };
    expect(await textOf(Buffer.from("\ufeffcafé"))).toBe("café");
    expect(await textOf(Buffer.from("\ufeffcafé", "utf16le"))).toBe("café");
    expect(await textOf(Buffer.from("\ufeffcafé", "utf16le").swap16())).toBe("café");
    await expect(textOf(Buffer.from("café", "latin1"))).rejects.toMatchObject({
      code: "NOT_UTF8",
      exit: 2,
      message: expect.stringContaining("byte 4"),
      hint: expect.stringContaining("iconv"),
    });
  });

  test("a record that is not UTF-8 is left out; a file that mostly is not, is refused", async () => {
    await using folder = await tempFolder();
    const path = join(folder.path, "b.jsonl");
    const line = (text: string, encoding: BufferEncoding) => Buffer.from(`{"text":"${text}"}\n`, encoding);
    await writeFile(path, Buffer.concat([line("ok", "utf8"), line("é", "latin1"), line("good", "utf8")]));
    expect((await read(path)).map((item) => (item.kind === "skip" ? item.reason : item.kind))).toEqual([
      "document",
      "not_utf8",
      "document",
    ]);
    await writeFile(path, Buffer.concat([line("ok", "utf8"), line("é", "latin1"), line("ä", "latin1")]));
    await expect(read(path)).rejects.toMatchObject({ code: "NOT_UTF8", where: path, exit: 2 });
    await writeFile(path, Buffer.from('\ufeff{"text":"one"}\n{"text":["two","three"]}\n', "utf16le"));
    expect(await read(path)).toMatchObject([
      { document: { text: "one" } },
      { document: { text: "two\n\nthree" } },
    ]);
  });

  test("what is not there, or of no known format, is refused", async () => {
    await expect(openSource("no/such/file.txt")).rejects.toMatchObject({ code: "SOURCE_NOT_FOUND", exit: 2 });
    await expect(openSource(`${HANDBOOK}/picture.png`)).rejects.toMatchObject({
      code: "SOURCE_FORMAT",
      hint: expect.stringContaining(".jsonl"),
    });
    expect((await openSource(`file:${HANDBOOK}/note.txt`)).uri).toBe(`file:${resolve(HANDBOOK)}/note.txt`);
  });

  test.each([
    ["letters.mbox", "A reader of your own can read mails: docs/your-documents.md (Mails)"],
    ["letter.EML", "A reader of your own can read mails: docs/your-documents.md (Mails)"],
    ["letters.pst", "Export the mails as .eml or .mbox."],
    ["sound.ogg", "A reader of your own can read other formats (docs/own-code.md)."],
    ["paper.pdf.gz", "Turn it into a text, Markdown or HTML file first."],
    ["table.xlsx", "Turn it into a CSV or JSONL file first."],
  ])("a file that cannot be read names the formats that are, and what to do: %s", async (name, advice) => {
    await using folder = await tempFolder();
    const path = join(folder.path, name);
    await writeFile(path, "From a@example.org\n");
    await expect(openSource(path)).rejects.toMatchObject({
      code: "SOURCE_FORMAT",
      hint: expect.stringContaining(`.txt, each also with .gz. ${advice}`),
    });
    const detail = `are not read; .txt, .md, .html, .rst, .jsonl, .csv and .tsv are. ${advice}`;
    expect(await read(folder.path)).toMatchObject([
      { reason: "unsupported", detail: expect.stringContaining(detail) },
    ]);
  });

  const date = "Date: Mon, 3 Mar 1952 09:00:00 +0100";
  const from = "From: Ann <ann@example.org>\nTo: bob@example.org";
  test.each([
    ["the header of a mail", `${from}\nSubject: Keys\n${date}\n\nHello\n`, "mail"],
    ["a folded header of programs", `Received: from a\n\tby b\nMessage-ID: <1@a>\n${date}\n\nHi\n`, "mail"],
    ["an archive", `From ann at a.org  Mon Mar  3 09:00:00 1952\n${from}\n\nHi\n`, "mail"],
    ["a mail with parts", "Content-Type: multipart/mixed; boundary=a\n\n--a\n", "mail"],
    ["a memo", "TO: all\nFROM: the board\nDATE: 3 March\nSUBJECT: Keys\n\nThe keys are lost.\n", "text"],
    ["a page of fields", "PEP: 8\nTitle: Style\nContent-Type: text/x-rst\n\nWords.\n", "text"],
    ["a text about a mail", `From here it goes on.\n${from}\n${date}\n\nHello\n`, "text"],
  ])("a text file that begins as a mail is left out: %s", async (_, text, expected) => {
    await using folder = await tempFolder();
    await writeFile(join(folder.path, "a.txt"), text);
    const [item] = await read(folder.path);
    expect(item?.kind === "skip" ? item.reason : "text").toBe(expected);
  });

  test("addresses do not depend on the spelling of the path or on the working directory", async () => {
    const [first] = await read(`${HANDBOOK}/../handbook/note.txt`);
    expect(first).toMatchObject({ document: { sourceUri: "file:note.txt", splitKey: "file:note.txt" } });
    expect(await read(resolve(HANDBOOK))).toEqual(await read(`./${HANDBOOK}/`));
  });

  test("a source is named by its whole path without links, and knows its names of earlier stores", async () => {
    await using folder = await tempFolder();
    await symlink(resolve(HANDBOOK), join(folder.path, "link"));
    const uri = `file:${resolve(HANDBOOK)}`;
    for (const path of [HANDBOOK, `./${HANDBOOK}/`, `${HANDBOOK}/../handbook`, join(folder.path, "link")])
      expect((await openSource(path)).uri).toBe(uri);
    expect((await openSource(HANDBOOK)).formerUris).toContain(`file:${HANDBOOK}`);
    expect((await openSource(join(folder.path, "link"))).formerUris).toContain(`file:${folder.path}/link`);
  });

  test("reading stops when asked to", async () => {
    const source = await openSource(HANDBOOK);
    await expect(collect(source.read(AbortSignal.abort()))).rejects.toMatchObject({ name: "AbortError" });
  });
});
