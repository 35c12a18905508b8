import { expect, test } from "@jest/globals";
import { benchDocuments, documentLines } from "../../bench/documents.js";

const documents = benchDocuments(1600);

test("documents are the same for the same seed, and others for another", () => {
  expect(documentLines(benchDocuments(5, 3))).toBe(documentLines(benchDocuments(5, 3)));
  expect(documentLines(benchDocuments(5, 3))).not.toBe(documentLines(benchDocuments(5, 4)));
});

test("each document is about another town", () => {
  expect(new Set(documents.map(({ title }) => title)).size).toBe(1600);
});

test("every line is a sentence that the fake trainer asks about: 20 to 159 characters, a name or number behind its first word", () => {
  const lines = documents.flatMap(({ text }) => text.split("\n"));
  expect(lines).toHaveLength(16_000);
  const odd = lines.filter((line) => {
    const named = /(?<!^)\b(?:[A-Z][a-z]{3,}|\d[\d,.]*\d)\b/.test(line);
    return line.length < 20 || line.length > 159 || !named;
  });
  expect(odd).toEqual([]);
});
