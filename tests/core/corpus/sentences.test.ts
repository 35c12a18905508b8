import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { paragraphsOf, sentencesOf } from "../../../src/core/corpus/sentences.js";

const paragraphs = (text: string) => paragraphsOf(text).map(({ start, end }) => text.slice(start, end));
const sentences = (text: string) =>
  paragraphsOf(text).flatMap((one) => sentencesOf(text, one).map(({ start, end }) => text.slice(start, end)));

const WRAPPED = `Although this bit looks similar to the assume-unchanged bit, its
goal is different. The assume-unchanged bit is for leaving the file
in the working tree.`;

test("lines that were wrapped at a fixed width are one paragraph", () => {
  expect(paragraphs(WRAPPED)).toEqual([WRAPPED]);
});

test("sentences of wrapped text are whole", () => {
  expect(sentences(WRAPPED)).toEqual([
    "Although this bit looks similar to the assume-unchanged bit, its\ngoal is different.",
    "The assume-unchanged bit is for leaving the file\nin the working tree.",
  ]);
});

test("list items, headings, labels and short lines are paragraphs of their own", () => {
  const text =
    "A heading of this document that is long enough to be wrapped\n- the first item\n- the second item\nMade in: Lyon\n1. a step\nshort\nline";
  expect(paragraphs(text)).toHaveLength(7);
});

test("rules and underlines belong to no paragraph", () => {
  expect(paragraphs("Title\n=====\n\nText here.\n\n---\n")).toEqual(["Title", "Text here."]);
});

test("an abbreviation ends no sentence", () => {
  expect(sentences("Dr. Smith met Prof. Jones at No. 5 High Street. They spoke, e.g. about rain.")).toEqual([
    "Dr. Smith met Prof. Jones at No. 5 High Street.",
    "They spoke, e.g. about rain.",
  ]);
});

test("initials end no sentence, also after a dash or a quotation mark", () => {
  const text =
    "The army of the U.S. Senate sat down. A non-U.S. Bank paid for the (U.S.A. Made) car. They left.";
  expect(sentences(text)).toEqual([
    "The army of the U.S. Senate sat down.",
    "A non-U.S. Bank paid for the (U.S.A. Made) car.",
    "They left.",
  ]);
});

test("sentences are in order, disjoint, trimmed and inside their paragraph, whatever the text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 300 }), (text) => {
      let last = 0;
      for (const paragraph of paragraphsOf(text)) {
        expect(paragraph.start).toBeGreaterThanOrEqual(last);
        for (const { start, end } of sentencesOf(text, paragraph)) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeLessThanOrEqual(paragraph.end);
          expect(text.slice(start, end)).toBe(text.slice(start, end).trim());
          last = end;
        }
      }
    }),
  );
});
