import { describe, expect, test } from "@jest/globals";
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
    expect(reasonsOf(items)).toEqual(["malformed", "not_utf8", "no_text", "malformed"]);
    expect(items.flatMap((item) => (item.kind === "skip" ? [item.where.split("#")[1]] : []))).toEqual([
      "L3",
      "L4",
      "L6",
      "L8",
    ]);
  });

  test("an empty file and a header alone give nothing", async () => {
    expect(await readFiles({ "a.csv": "", "b.csv": "title,text\n" })).toEqual([]);
  });
});
