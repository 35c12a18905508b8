import { mkdir, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { openSource } from "../../../src/adapters/sources/open-source.js";
import { anyText } from "../../support/any-text.js";
import { tempFolder } from "../support/temp-folder.js";
import { documentsOf, readFiles, readPath, reasonsOf, writeFiles } from "./read.js";

describe("a folder as folders are", () => {
  test("every format is also read when it is packed, and a README without an ending", async () => {
    const documents = documentsOf(
      await readFiles({
        "a.txt.gz": gzipSync("plain"),
        "b.html.gz": gzipSync("<p>page</p>"),
        "c.md.gz": gzipSync("# M\n\nmarkdown"),
        "d.rst.gz": gzipSync("R\n=\n\nignored: one sign is no underline"),
        "e.csv.gz": gzipSync("text\nrow\n"),
        "f.jsonl.gz": gzipSync('{"text":"line"}\n'),
        COPYING: "all rights",
        "README.Debian": "notes",
        "changelog.gz": gzipSync("changes"),
      }),
    );
    expect(documents.map(({ text }) => text.split("\n").at(-1))).toEqual([
      "all rights",
      "notes",
      "plain",
      "page",
      "markdown",
      "changes",
      "ignored: one sign is no underline",
      "row",
      "line",
    ]);
  });

  test("each file without a text is left out with its reason", async () => {
    const files = {
      "a.md": "",
      "b.md": "# Only a heading\n",
      "c.csv": "",
      "d.jsonl": "\n",
      "f.html": "",
    };
    const items = await readFiles(files);
    expect(reasonsOf(items)).toEqual(Object.keys(files).map(() => "no_text"));
  });

  test("a bad file is left out with its reason, and the others are read", async () => {
    const items = await readFiles({
      "a.txt": "good",
      "b.txt": Buffer.from("caf\xe9", "latin1"),
      "c.txt.gz": gzipSync("torn".repeat(500)).subarray(0, 20),
      "d.txt": "zero\0byte",
      "e.pdf": "%PDF-1.7",
      "f/g.md": "T\n\nalso good",
      program: Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0xff, 0xfe]),
    });
    expect(documentsOf(items).map(({ text }) => text)).toEqual(["good", "T\n\nalso good"]);
    expect(reasonsOf(items)).toEqual(["not_utf8", "damaged", "binary", "unsupported", "binary"]);
    expect(items[1]).toMatchObject({
      kind: "skip",
      where: expect.stringMatching(/b\.txt$/),
      detail: expect.stringContaining("byte 4"),
    });
  });

  test("strict reading ends at the first of them", async () => {
    const files = { "a.txt": "good", "b.txt": Buffer.from("caf\xe9", "latin1") };
    await expect(readFiles(files, { strict: true })).rejects.toMatchObject({ code: "NOT_UTF8" });
    await expect(readFiles({ "a.pdf": "%PDF" }, { strict: true })).rejects.toMatchObject({
      code: "SOURCE_FORMAT",
    });
  });

  test("a file that disappears while the folder is read is left out", async () => {
    await using folder = await tempFolder();
    await writeFiles(folder.path, { "a.txt": "good", "b.txt": "gone", "c.txt": "good too" });
    const items = [];
    for await (const item of (await openSource(folder.path)).read()) {
      if (items.length === 0) await rm(join(folder.path, "b.txt"));
      items.push(item);
    }
    expect(items).toMatchObject([
      { kind: "document" },
      { kind: "skip", reason: "unreadable", detail: expect.stringContaining("ENOENT") },
      { kind: "document" },
    ]);
  });

  test("links are left out, hidden files are passed over, sources beside Sphinx pages are left out", async () => {
    await using folder = await tempFolder();
    await mkdir(join(folder.path, "empty"));
    await writeFiles(folder.path, {
      ".git/a.txt": "hidden",
      "searchindex.js": "",
      "_sources/a.rst.txt": "same",
      "a.html": "<p>same</p>",
    });
    await symlink(folder.path, join(folder.path, "loop"));
    const items = await readPath(folder.path);
    expect(documentsOf(items).map(({ text }) => text)).toEqual(["same"]);
    expect(reasonsOf(items)).toEqual(["duplicate", "link", "unsupported"]);
  });

  test("a long text becomes several documents that together are the text", async () => {
    const paragraph = `${"word ".repeat(200)}\n\n`;
    const text = paragraph.repeat(2500);
    const documents = documentsOf(await readFiles({ "a.txt": text }));
    expect(documents).toHaveLength(3);
    expect(documents.map((one) => one.text).join("")).toBe(text);
    expect(documents.map(({ sourceUri }) => sourceUri.replace(/^.*#/, "#").slice(-7))).toEqual([
      expect.not.stringContaining("#"),
      "#part-2",
      "#part-3",
    ]);
    expect(new Set(documents.map(({ splitKey }) => splitKey)).size).toBe(1);
  });

  test("no reader ever fails on bytes: they become a document or are left out", async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      anyText({ maxLength: 200 }).map((text) => Buffer.from(text)),
      fc
        .array(
          fc.constantFrom(
            "=",
            "-",
            "..",
            "::",
            "`",
            "|",
            "*",
            "<",
            ">",
            "&",
            '"',
            ",",
            "\n",
            " ",
            "a",
            "<p>",
            "---\n",
            "{",
            "}",
          ),
          { maxLength: 80 },
        )
        .map((parts) => Buffer.from(parts.join(""))),
    );
    const endings = ["txt", "md", "html", "rst", "csv", "tsv", "jsonl", "xhtml", "txt.gz", "html.gz"];
    await fc.assert(
      fc.asyncProperty(bytes, async (content) => {
        const files = Object.fromEntries(endings.map((ending, index) => [`${index}.${ending}`, content]));
        for (const item of await readFiles(files))
          expect(["document", "skip", "note", "unknown_fields"]).toContain(item.kind);
      }),
      { numRuns: 80 },
    );
  });
});
