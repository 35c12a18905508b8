import { expect, test } from "@jest/globals";
import { counted } from "../../../src/core/text/counted.js";

test.each([
  [0, "0 documents"],
  [1, "1 document"],
  [2, "2 documents"],
])("%i is written with its noun: %s", (count, text) => {
  expect(counted(count, "document")).toBe(text);
});

test("a noun with a plural of its own is written with it", () => {
  expect([counted(1, "entry", "entries"), counted(2, "entry", "entries")]).toEqual(["1 entry", "2 entries"]);
});
