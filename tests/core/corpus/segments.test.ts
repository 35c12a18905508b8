import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { cutSegments } from "../../../src/core/corpus/segments.js";
import { normalizeText } from "../../../src/core/text/document-text.js";
import { anyText } from "../../support/any-text.js";

const words = (text: string) => text.match(/\S+/g)?.length ?? 0;
/** Not additive: a piece costs one token more than its words, as a start token would. */
const wordsAndOne = (text: string) => words(text) + 1;
const units = (text: string) => text.length;

const cut = (text: string, minTokens: number, maxTokens: number, count = words) =>
  cutSegments(text, { minTokens, maxTokens }, count).map(({ start, end }) => text.slice(start, end));

describe("cutting a text", () => {
  test("a text that fits stays whole, without surrounding whitespace", () => {
    expect(cutSegments("  one two\n", { minTokens: 1, maxTokens: 2 }, words)).toEqual([
      { start: 2, end: 9, tokens: 2 },
    ]);
  });

  test("cuts at paragraphs where it can", () => {
    expect(cut("a b c\n\nd e\n\nf g h", 1, 5)).toEqual(["a b c\n\nd e", "f g h"]);
  });

  test("then at sentences, and not at the ends of wrapped lines", () => {
    const wrapped =
      "The harbor of the old town was dredged again\nin the summer of 1874. The northern quay was\nbuilt later.";
    expect(cut(wrapped, 1, 15)).toEqual([
      "The harbor of the old town was dredged again\nin the summer of 1874.",
      "The northern quay was\nbuilt later.",
    ]);
  });

  test("but at the ends of short lines, of list items and of rows", () => {
    const list =
      "- The harbor of the old town was dredged in 1874.\n- The northern quay was built later. It is long.";
    expect(cut(list, 1, 13)).toEqual(list.split("\n"));
  });

  test("then at lines, sentences and words", () => {
    expect(cut("a b c\nd e f", 1, 4)).toEqual(["a b c", "d e f"]);
    expect(cut("One two three. Four five six.", 1, 4)).toEqual(["One two three.", "Four five six."]);
    expect(cut("a b c d e", 1, 3)).toEqual(["a b c", "d e"]);
  });

  test("and inside a word only when there is no other place", () => {
    expect(cut("abcdefgh", 1, 3, units)).toEqual(["abc", "def", "gh"]);
    expect(cut("😀😀", 1, 3, units)).toEqual(["😀", "😀"]);
  });

  test("segments are of about equal length, so that no short tail is left", () => {
    const text = Array.from({ length: 11 }, (_, index) => `w${index}`).join("\n\n");
    expect(cutSegments(text, { minTokens: 1, maxTokens: 10 }, words).map(({ tokens }) => tokens)).toEqual([
      6, 5,
    ]);
  });

  test("what is too short joins a neighbour, or is dropped", () => {
    expect(cut("a\n\nb c d e", 2, 5)).toEqual(["a\n\nb c d e"]);
    expect(cut("a\n\nb c d e f", 2, 5)).toEqual(["b c d e f"]);
    expect(cut("a", 2, 5)).toEqual([]);
    expect(cut(" \n ", 1, 5)).toEqual([]);
  });

  test("refuses limits that make no sense", () => {
    for (const [min, max] of [
      [0, 5],
      [6, 5],
      [1, 2.5],
      [1, Number.NaN],
    ] as const) {
      expect(() => cut("a", min, max)).toThrow(RangeError);
    }
  });

  const prose = fc
    .array(
      fc.tuple(fc.stringMatching(/^[a-zé😀.!?]{1,12}$/u), fc.constantFrom(" ", "\n", "\n\n", ". ", "  ")),
      {
        maxLength: 60,
      },
    )
    .map((parts) => parts.flat().join(""));
  const limits = fc
    .tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 30 }))
    .map(([minTokens, more]) => ({ minTokens, maxTokens: minTokens + more }));

  test.each([
    ["words", words],
    ["words and one", wordsAndOne],
  ])("segments are in order, within limits, and measured right (%s)", (_, count) => {
    fc.assert(
      fc.property(prose, limits, (text, { minTokens, maxTokens }) => {
        let before = 0;
        for (const { start, end, tokens } of cutSegments(text, { minTokens, maxTokens }, count)) {
          expect(start).toBeGreaterThanOrEqual(before);
          const piece = text.slice(start, end);
          expect(piece).toBe(piece.trim());
          expect(tokens).toBe(count(piece));
          expect(tokens).toBeGreaterThanOrEqual(minTokens);
          // One word is never cut by these counters: it may be all there is.
          expect(tokens).toBeLessThanOrEqual(Math.max(maxTokens, count("word")));
          before = end;
        }
      }),
    );
  });

  test("with a minimum of one token, only whitespace is left out", () => {
    fc.assert(
      fc.property(prose, fc.integer({ min: 1, max: 20 }), (text, maxTokens) => {
        const kept = cut(text, 1, maxTokens).join("");
        expect(kept.replace(/\s/g, "")).toBe(text.replace(/\s/g, ""));
      }),
    );
  });

  test("never cuts a surrogate pair", () => {
    fc.assert(
      fc.property(prose, fc.integer({ min: 1, max: 5 }), (text, maxTokens) => {
        for (const piece of cut(text, 1, maxTokens, units)) expect(piece).not.toMatch(/\p{Surrogate}/u);
      }),
    );
  });
});

describe("normalising a text", () => {
  test("line ends, controls, composed letters, trailing spaces and empty lines", () => {
    expect(normalizeText("\ufeffa \r\nb\rc\u0000\n\n\n\ne\u0301  ")).toBe("a\nb\nc\n\né");
  });

  test("is idempotent", () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        const once = normalizeText(text);
        expect(normalizeText(once)).toBe(once);
      }),
    );
  });
});
