import { describe, expect, test } from "@jest/globals";
import { planColumns } from "../../../src/adapters/sources/readers/table/columns.js";
import { documentsOf, readFiles } from "./read.js";

const plan = (columns: readonly string[], ...rows: readonly (readonly string[])[]) =>
  planColumns(
    columns,
    rows.map((row) => Object.fromEntries(columns.map((name, index) => [name, row[index] ?? ""]))),
  );
const PROSE = "The mill stands at the river, and the people of the town grind all of their corn in it.";

describe("the columns of a table", () => {
  test("a column of names is the subject, before an id and before a column of few values", () => {
    const rows = [
      ["15", "EX-1", "Base", "Open Door"],
      ["16", "EX-2", "Base", "Closed Door"],
    ];
    expect(plan(["Key", "Code", "Level", "Weakness"], ...rows).subject).toBe("Weakness");
    expect(plan(["Name", "Level"], ["Ansted", "high"], ["Orlo", "low"]).subject).toBe("Name");
    expect(plan(["Level", "commonName"], ["high", "Ansted"], ["low", "Orlo"]).subject).toBe("commonName");
    expect(
      plan(["zip", "city"], ["00501", "Ansted"], ["00544", "Ansted"], ["00545", "Ansted"]),
    ).toMatchObject({
      subject: "zip",
      isNaming: false,
    });
  });

  test("long values make a text column; addresses, long ids and coded lists are not used", () => {
    const columns = ["name", "story", "link", "parts", "year"];
    const row = ["Ansted", PROSE, "https://example.org/7", "::PART:arch::PART:beam::", "1820"];
    expect(plan(columns, row)).toMatchObject({
      subject: "name",
      short: ["year"],
      long: ["story"],
      coded: ["link", "parts"],
    });
  });

  test("a first row with numbers above numbers is no header; years can be names", () => {
    expect(plan(["Ansted", "12.5"], ["Orlo", "13.5"]).isHeaderless).toBe(true);
    expect(plan(["town", "1990"], ["Orlo", "13.5"]).isHeaderless).toBe(false);
  });
});

describe("the documents of a row", () => {
  test("a card and a text, which are in the same split", async () => {
    const items = await readFiles({ "a.csv": `name,year,story\nAnsted,1820,${PROSE.replace(",", ";")}\n` });
    const [card, text] = documentsOf(items);
    expect(card).toMatchObject({ kind: "facts", text: "Name: Ansted\nYear: 1820", subject: "Ansted" });
    expect(text).toMatchObject({ kind: "prose", title: "Ansted", subject: "", facts: [] });
    expect(text?.splitKey).toBe(card?.splitKey);
    expect(text?.sourceUri).not.toBe(card?.sourceUri);
  });

  test("a wide row becomes several cards, and each begins with the subject", async () => {
    const columns = Array.from({ length: 20 }, (_, index) => `field${index}`);
    const file = `name,${columns.join(",")}\nAnsted,${columns.map((_, index) => `v${index}`).join(",")}\n`;
    const cards = documentsOf(await readFiles({ "a.csv": file }));
    expect(cards.map(({ facts }) => facts.length)).toEqual([7, 7, 6]);
    for (const { text } of cards) expect(text).toMatch(/^Name: Ansted\n/);
    expect(new Set(cards.map(({ splitKey }) => splitKey)).size).toBe(1);
  });
});
