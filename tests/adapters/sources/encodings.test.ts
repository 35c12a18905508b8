import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { asUtf8, wideEncoding } from "../../../src/adapters/sources/readers/wide-encoding.js";
import { documentsOf, readFiles, reasonsOf } from "./read.js";

const little = (text: string) => Buffer.from(text, "utf16le");
const big = (text: string) => Buffer.from(text, "utf16le").swap16();

/** The same two texts in every format of records and pages. */
const FORMATS: readonly (readonly [name: string, content: string])[] = [
  ["a.jsonl", '{"text":"Alpha beta gamma"}\n{"text":"Delta epsilon"}\n'],
  ["a.csv", "name,text\nx,Alpha beta gamma\ny,Delta epsilon\n"],
  ["a.tsv", "name\ttext\nx\tAlpha beta gamma\ny\tDelta epsilon\n"],
  ["a.txt", "Alpha beta gamma\r\n\r\nDelta epsilon\r\n"],
  ["a.md", "# One\n\nAlpha beta gamma\n\nDelta epsilon\n"],
  ["a.html", "<html><body><h1>One</h1><p>Alpha beta gamma</p><p>Delta epsilon</p></body></html>"],
  ["a.rst", "One\n===\n\nAlpha beta gamma\n\nDelta epsilon\n"],
];

describe("UTF-16", () => {
  const written = [
    ["little endian with a byte order mark", (text: string) => little(`\ufeff${text}`)],
    ["big endian with a byte order mark", (text: string) => big(`\ufeff${text}`)],
    ["little endian without a mark", little],
    ["big endian without a mark", big],
  ] as const;
  test.each(
    FORMATS.flatMap(([name, content]) => written.map(([how, write]) => [name, how, write(content)] as const)),
  )("%s, %s, gives all of its texts", async (name, _how, bytes) => {
    const items = await readFiles({ [name]: bytes });
    const all = documentsOf(items)
      .map(({ text }) => text)
      .join("\n");
    expect(all).toContain("Alpha beta gamma");
    expect(all).toContain("Delta epsilon");
    expect(all).not.toMatch(/[\0\ufeff]/);
    expect(reasonsOf(items)).toEqual([]);
  });

  test("a record with a unit that fits no character is left out and counted", async () => {
    const bytes = little('\ufeff{"text":"one"}\n{"text":"\ud800 x"}\n{"text":"two"}\n');
    const items = await readFiles({ "a.jsonl": bytes });
    expect(documentsOf(items).map(({ text }) => text)).toEqual(["one", "two"]);
    expect(reasonsOf(items)).toEqual(["not_utf8"]);
    expect(reasonsOf(await readFiles({ "a.txt": little("\ufeffone \ud800 two") }))).toEqual(["not_utf8"]);
  });

  test("a stream is converted whole, wherever its pieces end", async () => {
    const text = fc.array(fc.constantFrom("a", "é", "日", "😀", "\n", '"'), { minLength: 8, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 9 }), fc.boolean(), async (signs, size, isBig) => {
        const marked = `\ufeff${signs.join("")}`;
        const bytes = isBig ? big(marked) : little(marked);
        async function* pieces() {
          for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
        }
        const parts: Buffer[] = [];
        for await (const part of asUtf8(pieces())) parts.push(part);
        expect(Buffer.concat(parts).toString("utf8")).toBe(marked);
      }),
    );
  });

  test("UTF-8 is never taken for UTF-16", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1 }), (text) => {
        fc.pre(!text.includes("\0"));
        expect(wideEncoding(Buffer.from(text))).toBeNull();
      }),
    );
  });
});

describe("zero bytes", () => {
  test("of one row or record leave this row or record out, and no other", async () => {
    const csv = await readFiles({ "a.csv": "name,text\nA,He\0llo there\nB,This is fine\n" });
    expect(documentsOf(csv).map(({ text }) => text)).toEqual(["This is fine"]);
    expect(reasonsOf(csv)).toEqual(["malformed"]);
    const jsonl = await readFiles({ "a.jsonl": '{"text":"a\0b"}\n{"text":"fine"}\n' });
    expect(documentsOf(jsonl).map(({ text }) => text)).toEqual(["fine"]);
    expect(reasonsOf(jsonl)).toEqual(["malformed"]);
  });

  test("all over a file make it binary", async () => {
    const items = await readFiles({ "a.csv": Buffer.alloc(200), "b.txt": "Hello\0 there" });
    expect(reasonsOf(items)).toEqual(["binary", "binary"]);
  });
});
