import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { documentsOf, readFiles, reasonsOf, textsOf } from "./read.js";

describe("CSV", () => {
  test("the header names the columns, each row is a document of its own", async () => {
    const file = 'id,title,text,license\n1,First,"The sea, ""wide"".\nTwo lines.",CC0-1.0\n2,,Mountains.,\n';
    const documents = documentsOf(await readFiles({ "a.csv": file }));
    expect(documents).toMatchObject([
      { title: "First", text: 'The sea, "wide".\nTwo lines.', licence: "CC0-1.0" },
      { title: "a.csv", text: "Mountains.", licence: "unknown" },
    ]);
    expect(documents.map(({ sourceUri }) => sourceUri.split("#")[1])).toEqual(["1", "2"]);
    expect(new Set(documents.map(({ splitKey }) => splitKey)).size).toBe(2);
  });

  test("semicolons and tabs separate where the header has them", async () => {
    expect(await textsOf("a.csv", "\ufefftitle;text\nA;x, y\n")).toEqual([["A", "x, y"]]);
    expect(await textsOf("a.csv", "title\ttext\nA\tx; y\n")).toEqual([["A", "x; y"]]);
    expect(await textsOf("a.tsv", "title\ttext\nA\tx\n")).toEqual([["A", "x"]]);
    expect(await textsOf("a.csv", Buffer.from("\ufefftitle,text\nA,é\n", "utf16le"))).toEqual([["A", "é"]]);
  });

  test("a quote inside a cell stays", async () => {
    expect(await textsOf("a.csv", 'title,text\nA,6" pipe\nB,"two"x\n')).toEqual([
      ["A", '6" pipe'],
      ["B", '"two"x'],
    ]);
  });

  test("another column has the text when it is named", async () => {
    expect(await textsOf("a.csv", "name,story\nA,x\n", { textField: "story" })).toEqual([["A", "x"]]);
  });

  test("rows that cannot be read are left out with their line", async () => {
    const file = Buffer.concat([
      Buffer.from("title,text\nA,one\nC,three,four\nD,"),
      Buffer.from([0xe9]),
      Buffer.from('\nE,five\nF,\nG,"never\nclosed'),
    ]);
    const items = await readFiles({ "a.csv": file });
    expect(documentsOf(items).map(({ text }) => text)).toEqual(["one", "five"]);
    expect(reasonsOf(items)).toEqual(["malformed", "not_utf8", "no_text", "malformed", "no_text"]);
    expect(items.flatMap((item) => (item.kind === "skip" ? [item.where.split("#")[1]] : []))).toEqual([
      "L3",
      "L4",
      "L6",
      "L7",
      "L8",
    ]);
  });

  test("a quote that is not closed loses its own line, and no other", async () => {
    const items = await readFiles({
      "a.csv": 'name,text\nA,"one\ntwo"\n\nF,"five, six"\nB,"open\nC,three\r\n\nE,four\nG,x,y\n',
      "b.tsv": 'name\ttext\nA\t"open\nB\tfine',
      "c.csv": 'name,text\nA,"open',
    });
    expect(documentsOf(items).map(({ text }) => text)).toEqual([
      ...["one\ntwo", "five, six", "three", "four", "fine"],
    ]);
    const skipped = items.filter((item) => item.kind === "skip");
    expect(skipped.map(({ where }) => where.replace(/^.*\/(?=.\.)/, ""))).toEqual([
      ...["a.csv#L6", "a.csv#L10", "b.tsv#L2", "c.csv#L2"],
    ]);
    expect(skipped[0]?.detail).toContain("not closed");
    expect(skipped[1]?.detail).toContain("Row 9 has 3 cells");
  });

  test("an empty file and a header alone give no document, and are listed", async () => {
    const items = await readFiles({ "a.csv": "", "b.csv": "title,text\n" });
    expect([documentsOf(items), reasonsOf(items)]).toEqual([[], ["no_text", "no_text"]]);
  });

  test("empty cells at the end of rows are accepted; a row with too many cells is listed by its number", async () => {
    const items = await readFiles({ "a.csv": "title,text\r\nA,one,\r\n\r\n,,,\r\nB,two,,x\nC,three,,\n" });
    expect(documentsOf(items).map(({ text }) => text)).toEqual(["one", "three"]);
    expect(items.flatMap((item) => (item.kind === "skip" ? [item.detail] : []))).toEqual([
      "Row 5 has 4 cells, the header 2.",
    ]);
    expect(await textsOf("a.csv", "title,text,\nA,one,\n")).toEqual([["A", "one"]]);
  });

  test("two columns with the same name are both kept", async () => {
    const file = "name,language,language\nAnsted,Ansti,Orlish\n";
    expect(await textsOf("a.csv", file)).toEqual([
      ["Ansted", "Name: Ansted\nLanguage: Ansti\nLanguage 2: Orlish"],
    ]);
  });

  test("any cells come back whole, whatever signs they have", async () => {
    const cell = fc.string({ unit: fc.constantFrom("a", "é", " ", ",", ";", '"', "\n", "\t"), minLength: 1 });
    const word = cell.map((value) => `x${value}x`);
    const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`;
    const rows = fc.uniqueArray(word, { minLength: 1, maxLength: 5 });
    const ends = fc.constantFrom("\n", "\r\n");
    await fc.assert(
      fc.asyncProperty(rows, fc.constantFrom(",", ";"), ends, fc.nat(3), async (values, sign, end, empty) => {
        const lines = values.map((value, index) => [`t${index}`, quoted(value)].join(sign));
        const file = [`title${sign}text`, ...lines.map((line) => line + sign.repeat(empty))].join(end);
        const texts = await textsOf("a.csv", file);
        expect(texts.map(([, text]) => text)).toEqual(values);
      }),
      { numRuns: 40 },
    );
  });
});
