import { describe, expect, test } from "@jest/globals";
import type { SourceItem } from "../../../src/app/ports/corpus.js";
import { documentsOf, readFiles, reasonsOf } from "./read.js";

const lines = (...records: object[]) => records.map((one) => `${JSON.stringify(one)}\n`).join("");
const detailsOf = (items: readonly SourceItem[]) =>
  items.flatMap((item) => (item.kind === "skip" ? [item.detail] : []));
const unknownOf = (items: readonly SourceItem[]) =>
  items.flatMap((item) => (item.kind === "unknown_fields" ? item.fields : []));

describe("fields of JSONL", () => {
  test("facts, subject and kind are kept; a record with facts is of kind facts", async () => {
    const text = "Capital: Oslo";
    const documents = documentsOf(
      await readFiles({
        "a.jsonl": lines(
          { text, subject: "Norway", facts: [{ field: "Capital", value: "Oslo" }] },
          { text, title: "Norge", facts: [{ field: "Capital", values: ["Oslo", 1624], subject: "Norway" }] },
          { text, title: "T", kind: "cards", facts: [{ field: "Capital", value: "Oslo" }] },
          { text, kind: null, facts: null, subject: "" },
        ),
      }),
    );
    expect(documents).toMatchObject([
      {
        kind: "facts",
        subject: "Norway",
        facts: [{ field: "Capital", subject: "Norway", values: ["Oslo"] }],
      },
      {
        kind: "facts",
        subject: "",
        facts: [{ field: "Capital", subject: "Norway", values: ["Oslo", "1624"] }],
      },
      { kind: "cards", subject: "", facts: [{ field: "Capital", subject: "T", values: ["Oslo"] }] },
      { kind: "prose", subject: "", facts: [] },
    ]);
  });

  test("a value of the wrong type leaves the record out, and the field is named", async () => {
    const items = await readFiles({
      "a.jsonl": lines(
        { text: "x", title: ["a"] },
        { text: "x", subject: {} },
        { text: { a: 1 } },
        { text: "x", facts: "Oslo" },
        { text: "x", facts: ["Oslo"] },
        { text: "x", facts: [{ value: "Oslo" }] },
        { text: "x", facts: [{ field: "Capital", values: [] }] },
        {
          text: "x",
          facts: [
            { field: "Capital", value: "Oslo", subject: 1.5 },
            { field: "Area", value: { km2: 1 } },
          ],
        },
        { text: "x", noai: "maybe" },
      ),
    });
    expect(reasonsOf(items)).toEqual(Array.from({ length: 9 }, () => "malformed"));
    const named = [
      "title",
      "subject",
      "text",
      "facts",
      "facts[0]",
      "facts[0].field",
      "facts[0]",
      "facts[1]",
      "noai",
    ];
    for (const [index, detail] of detailsOf(items).entries()) expect(detail).toContain(` ${named[index]} `);
    expect(items[2]).toMatchObject({ where: expect.stringMatching(/#L3$/) });
  });

  test("an opt-out can be written in several ways", async () => {
    const yes = [true, 1, "1", "true", "Yes"];
    const no = [false, 0, "0", "no", "", null];
    for (const name of ["opt_out", "noai", "no_train", "tdm_reservation"]) {
      const records = [...yes, ...no].map((value, index) => ({ text: `t ${index}`, [name]: value }));
      const documents = documentsOf(await readFiles({ "a.jsonl": lines(...records) }));
      expect(documents.map(({ optOut }) => optOut === true)).toEqual([
        ...yes.map(() => true),
        ...no.map(() => false),
      ]);
    }
  });

  test("fields without a meaning are named; the fields that options name have a meaning", async () => {
    const file = { "a.jsonl": lines({ story: "x", topic: "Oslo", score: 1, lang: "en" }) };
    const items = await readFiles(file, { textField: "story", subjectField: "topic" });
    expect(unknownOf(items)).toEqual(["score"]);
    expect(documentsOf(items)).toMatchObject([{ text: "x", subject: "Oslo" }]);
  });
});

describe("front matter", () => {
  test("says something about all sections; a fact belongs to the sections that state it", async () => {
    const file = `---
title: Bridges
license: MIT
lang: de
noai: true
subject: Ansted
layout: page
facts:
  - {field: Length, value: 120 m}
  - {field: Mason, values: [Orlo, Orlo the Elder]}
  - {field: Color, value: red}
---
Before.

## Arch

It is 120 m long.

## Beam

Built by Orlo the Elder.
`;
    const items = await readFiles({ "a.md": file });
    expect(unknownOf(items)).toEqual(["layout"]);
    const documents = documentsOf(items);
    expect(documents.map(({ title, kind, facts }) => [title, kind, facts.map(({ field }) => field)])).toEqual(
      [
        ["Bridges", "facts", ["Color"]],
        ["Bridges: Arch", "facts", ["Length"]],
        ["Bridges: Beam", "facts", ["Mason"]],
      ],
    );
    for (const document of documents)
      expect(document).toMatchObject({ licence: "MIT", language: "de", optOut: true, subject: "Ansted" });
  });

  test("only a YAML mapping is front matter", async () => {
    const [rule] = documentsOf(await readFiles({ "a.md": "---\n\nText between rules.\n\n---\n\nRest.\n" }));
    expect(rule?.text).toContain("Text between rules.");
    const [list] = documentsOf(await readFiles({ "a.md": "---\n- one\n- two\n---\nRest.\n" }));
    expect(list?.text).toContain("- one");
  });

  test("a wrong type leaves the file out", async () => {
    const items = await readFiles({ "a.md": "---\nfacts: Oslo\n---\nText.\n" });
    expect(reasonsOf(items)).toEqual(["malformed"]);
    expect(detailsOf(items)[0]).toContain("front matter");
  });
});

describe("columns of CSV", () => {
  test("columns fact:<name> are facts, another column can be the subject", async () => {
    const file = "town,text,fact:Mayor,fact:River,noai\nAnsted,Long ago.,Orlo | Orlo B.,,yes\n";
    const items = await readFiles({ "a.csv": file }, { subjectField: "town" });
    expect(documentsOf(items)).toMatchObject([
      {
        text: "Long ago.",
        kind: "facts",
        subject: "Ansted",
        optOut: true,
        facts: [{ field: "Mayor", subject: "Ansted", values: ["Orlo", "Orlo B."] }],
      },
    ]);
    expect(unknownOf(items)).toEqual([]);
  });

  test("a table without a text becomes cards, and a note says so", async () => {
    const file = `id,Town,year_built,language,story,url\n7,Ansted,1820,Ansti,${"long ".repeat(30)},https://example.org/7\n`;
    const items = await readFiles({ "a.csv": file });
    expect(items.filter(({ kind }) => kind === "note")).toHaveLength(1);
    expect(documentsOf(items)).toMatchObject([
      {
        text: "Town: Ansted\nYear built: 1820\nLanguage: Ansti",
        title: "Ansted",
        subject: "Ansted",
        kind: "facts",
        sourceUri: "https://example.org/7",
        facts: [
          { field: "Year built", subject: "Ansted", values: ["1820"] },
          { field: "Language", subject: "Ansted", values: ["Ansti"] },
        ],
      },
      { text: "long ".repeat(30).trim(), title: "Ansted", kind: "prose", facts: [] },
    ]);
  });

  test("--card makes cards also of rows with a text; --subject-field names the subject", async () => {
    const items = await readFiles(
      { "a.csv": "year,text\n1820,Ansted\n" },
      { card: true, subjectField: "text" },
    );
    expect(items).toMatchObject([
      { document: { text: "Text: Ansted\nYear: 1820", subject: "Ansted", facts: [{ field: "Year" }] } },
    ]);
  });

  test("a field that an option names must be in a record of the source; the error lists the fields", async () => {
    const files = {
      "a.jsonl": '{"text":"one","town":"Ansted"}\n',
      "b.csv": "text,year\ntwo,1820\n",
      "c.txt": "three",
    };
    await expect(readFiles(files, { subjectField: "city" })).rejects.toMatchObject({
      code: "SOURCE_FIELD",
      message: "No record has the field `city` that --subject-field names.",
      hint: "Fields of the records: text, town, year.",
      exit: 2,
    });
    await expect(readFiles(files, { textField: "body" })).rejects.toMatchObject({ code: "SOURCE_FIELD" });
    expect(documentsOf(await readFiles(files, { subjectField: "year" }))).toHaveLength(3);
    expect(documentsOf(await readFiles({ "c.txt": "three" }, { subjectField: "city" }))).toHaveLength(1);
  });
});
