import { describe, expect, test } from "@jest/globals";
import { allowedByLuck } from "../../../src/core/admission/model/demand.js";
import { maskSubject, templateOf } from "../../../src/core/admission/question/masking.js";
import { templateShare } from "../../../src/core/analysis/diversity.js";

describe("maskSubject", () => {
  test.each([
    ["What is the capital of Chad?", "Chad", "What is the capital of X?"],
    ["What is chad's anthem?", "Chad", "What is X's anthem?"],
    ["Who rules South Korea?", "Korea, South", "Who rules X?"],
    ["Is N'Djamena in N'Djamena?", "N'Djamena", "Is X in X?"],
    ["What is the capital of Ivory Coast in 1990?", "", "What is the capital of X in 1990?"],
  ])("%s about %p", (question, subject, masked) => {
    expect(maskSubject(question, subject)).toBe(masked);
  });

  test("a question that does not name its subject cannot be masked", () => {
    expect(maskSubject("what is the capital?", "Chad")).toBeNull();
    expect(maskSubject("Which is it?", "")).toBeNull();
    expect(maskSubject("What is X?", "X")).toBeNull();
  });
});

test("a template is the phrasing alone, and its share says how many questions are made from it", () => {
  expect(templateOf("What was Chad in 1960 and 1,234.5?", "Chad")).toBe("What was X in # and #?");
  expect(
    templateShare(["What is the area of Chad?", "What is the area of Peru?", "Who rules Togo?"]),
  ).toBeCloseTo(2 / 3);
  expect(templateShare([])).toBeNull();
});

test("luck explains as many hits as would be exceeded in at most one sound task in twenty", () => {
  expect([1, 2, 3, 4, 8, 16].map(allowedByLuck)).toEqual([1, 2, 2, 3, 4, 7]);
});
