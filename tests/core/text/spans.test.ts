import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { findSpan } from "../../../src/core/text/spans.js";
import { anyText } from "../../support/any-text.js";

const found = (text: string, needle: string): string | null => {
  const span = findSpan(text, needle);
  return span === null ? null : text.slice(span.start, span.end);
};

describe("findSpan", () => {
  test.each<[string, string, string | null]>([
    ["Capital: N’Djamena\nArea", "n'djamena", "N’Djamena"],
    ["Capital: São Tomé now", "Sao Tome", "São Tomé"],
    ["a  long\n  way home", "LONG way", "long\n  way"],
    ["Area: 1,284,000 sq km", "1284000 sq km", "1,284,000 sq km"],
    ["Area: 1284000 sq km", "1,284,000 sq km", "1284000 sq km"],
    ["the 1990–2000 span", "1990-2000", "1990–2000"],
    ["ﬁsh and salt", "fish", "ﬁsh"],
    ["e\u0301tude here", "étude", "e\u0301tude"],
    ["Nigeria", "Niger", null],
    ["Nigeria and Niger", "Niger", "Niger"],
    ["it is 3.5 m", "5", null],
    ["it is 3.5 m", "3", null],
    ["about 1,500 people", "500", null],
    ["at -412 m", "412 m", null],
    ["from 3-5 days", "5", "5"],
    ["the end is 5.", "5", "5"],
    ["anything", "?!", null],
    ["anything", "", null],
    ["", "x", null],
  ])("in %p, %p is %p", (text, needle, expected) => {
    expect(found(text, needle)).toBe(expected);
  });

  test("every run of words of a text is found in it, at offsets inside it", () => {
    const word = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 6 })
      .filter((text) => /^[\p{L}]+$/u.test(text));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 12 }), fc.nat(), fc.nat(), (all, a, b) => {
        const text = all.join(" ");
        const [from, to] = [a % all.length, b % all.length].sort((x, y) => x - y) as [number, number];
        const span = findSpan(text, all.slice(from, to + 1).join("\n "));
        expect(span).not.toBeNull();
        expect(span?.end).toBeLessThanOrEqual(text.length);
      }),
    );
  });

  test("never throws", () => {
    fc.assert(fc.property(anyText(), anyText(), (text, needle) => void findSpan(text, needle)));
  });
});
