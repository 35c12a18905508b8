import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { answerKey, containsWords, contentWords, fold, words } from "../../../src/core/text/normalize.js";

describe("answerKey", () => {
  test.each([
    ["The  Gulf of Guinea.", "gulf of guinea"],
    ["N’Djamena", "ndjamena"],
    ["São Tomé", "sao tome"],
    ["Guinea-Bissau", "guinea bissau"],
    ["1,284,000 sq km", "1284000 sq km"],
    ["Hepatitis A", "hepatitis a"],
    ["A", "a"],
    ["ＰＡＲＩＳ", "paris"],
    ["−5 °C", "-5 ° c"],
    ["3.50", "3.50"],
    ["Straße", "strasse"],
    ["zero\u200bwidth", "zerowidth"],
    ["Chad's", "chad"],
    ["...", ""],
  ])("%p becomes %p", (text, key) => {
    expect(answerKey(text)).toBe(key);
  });

  test.each([
    ["5", "-5"],
    ["3.5", "35"],
    ["5%", "5"],
    ["$5", "5"],
    ["C", "C#"],
    ["Hepatitis A", "Hepatitis"],
    ["й", "и"],
  ])("%p is not %p", (one, other) => {
    expect(answerKey(one)).not.toBe(answerKey(other));
  });

  test("is stable, and blind to case and outer space", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(answerKey(` ${text}\t`)).toBe(answerKey(text));
        expect(answerKey(fold(text))).toBe(answerKey(text));
      }),
    );
  });
});

test("containsWords finds whole runs of words only", () => {
  expect(containsWords(words("Where does Nigeria end?"), words("Niger"))).toBe(false);
  expect(containsWords(words("from Port Louis on"), words("port louis"))).toBe(true);
  expect(containsWords(words("Louis of Port"), words("port louis"))).toBe(false);
  expect(containsWords(["a"], [])).toBe(false);
});

test("contentWords drops grammar", () => {
  expect(contentWords("What is the capital of Chad?")).toEqual(["capital", "chad"]);
});
