import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { featuresOf } from "../../../src/core/text/near-duplicates/features.js";
import { NearIndex } from "../../../src/core/text/near-duplicates/near-index.js";
import { contentWords, words } from "../../../src/core/text/normalize.js";
import { findSpan } from "../../../src/core/text/spans.js";
import { cutUnspaced } from "../../../src/core/text/unspaced.js";

describe("words of scripts without spaces", () => {
  test.each([
    ["日本の首都は東京", ["日本", "の", "首都", "は", "東京"]],
    ["中国的首都是北京", ["中国", "的", "首都", "是", "北京"]],
    ["人口は1300万人", ["人口", "は", "1300", "万人"]],
    ["Node.jsが好き", ["node", "js", "が", "好き"]],
  ])("%p is cut into words", (text, expected) => {
    expect(words(text)).toEqual(expected);
  });

  test("particles carry no content", () => {
    expect(contentWords("日本の首都は東京")).toEqual(["日本", "首都", "東京"]);
  });

  test("nothing is lost and nothing is added, whatever the text", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => cutUnspaced(text).join("") === text));
    fc.assert(
      fc.property(fc.array(fc.constantFrom("東", "京", "の", "ก", "รุ", "ā", "x", "7", "ー")), (parts) => {
        const text = parts.join("");
        return cutUnspaced(text).join("") === text;
      }),
    );
  });

  test("an answer is found inside a sentence, and not inside a word of another script", () => {
    expect(findSpan("東京は日本の首都である", "首都")).toEqual({ start: 6, end: 8 });
    expect(findSpan("กรุงเทพเป็นเมืองหลวง", "เมืองหลวง")).not.toBeNull();
    expect(findSpan("category", "cat")).toBeNull();
    // A mark stays with its letter.
    expect(findSpan("กู้", "ก")).toBeNull();
  });

  test("a question in other words is a near duplicate, and a question about another country is none", () => {
    const index = new NearIndex(0.75);
    index.add(featuresOf("日本の首都はどこですか", "東京"));
    expect(index.find(featuresOf("日本の首都はどこ？", "東京"))).toBe(0);
    expect(index.find(featuresOf("中国の首都はどこですか", "北京"))).toBeNull();
  });
});
