import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { withoutLongWords } from "../../../src/core/text/long-words.js";
import { anyText } from "../../support/any-text.js";

const LONG = "QUJD".repeat(300);

describe("long words", () => {
  test("a word of 1000 characters stays, a longer word is removed", () => {
    expect(withoutLongWords(`a ${"x".repeat(1000)} b`).removed).toEqual([]);
    expect(withoutLongWords(`a ${"x".repeat(1001)} b`)).toEqual({ text: "a  b", removed: [1001] });
  });

  test("an image in the text leaves its description", () => {
    expect(withoutLongWords(`See ![the old map](data:image/png;base64,${LONG}).`).text).toBe(
      "See the old map.",
    );
    expect(withoutLongWords(`See <img alt="map" src="data:image/png;base64,${LONG}"> here.`).text).toBe(
      "See  here.",
    );
  });

  test("text in scripts without spaces stays, whatever its length", () => {
    for (const sentence of [
      "東京は日本の首都である。",
      "กรุงเทพมหานครเป็นเมืองหลวง",
      "ភ្នំពេញជារាជធានី",
      "人口约一千三百万，面积大。",
    ]) {
      const text = sentence.repeat(300);
      expect(withoutLongWords(text)).toEqual({ text, removed: [] });
    }
    expect(withoutLongWords(`首都${LONG}である`)).toEqual({ text: "首都である", removed: [1200] });
  });

  test("a text without long words is returned as it is", () => {
    fc.assert(
      fc.property(anyText({ maxLength: 900 }), (text) => {
        expect(withoutLongWords(text)).toEqual({ text, removed: [] });
      }),
    );
  });
});
