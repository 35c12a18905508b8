import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { countPlace, NO_PLACES, placeChiSquare } from "../../../src/core/analysis/letter-balance.js";
import { eigenvalues, VENDI_TEXTS, vendiScore } from "../../../src/core/analysis/vendi.js";
import { makeTask } from "../../support/fixtures.js";

describe("vendiScore", () => {
  test("equal texts count as one, texts without a common word as many", () => {
    expect(vendiScore(["one and the same", "one and the same", "One and the same!"])).toBeCloseTo(1, 6);
    expect(vendiScore(["alpha beta", "gamma delta", "epsilon zeta"])).toBeCloseTo(3, 6);
    expect(vendiScore([])).toBeNull();
    expect(vendiScore(["", "?!"])).toBeCloseTo(1, 6);
  });

  test("it lies between 1 and the number of texts, whatever their order", () => {
    const text = fc.array(fc.constantFrom("what", "is", "the", "capital", "area", "of", "chad", "peru"), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 8 }), (lists) => {
        const texts = lists.map((words) => words.join(" "));
        const score = vendiScore(texts) ?? 0;
        expect(score).toBeGreaterThanOrEqual(1 - 1e-9);
        expect(score).toBeLessThanOrEqual(texts.length + 1e-9);
        expect(vendiScore([...texts].reverse())).toBeCloseTo(score, 6);
      }),
    );
  });

  test("of many texts a spread of them is looked at", () => {
    const many = Array.from({ length: 3 * VENDI_TEXTS }, (_, index) => `word${index % 2}`);
    expect(vendiScore(many)).toBeCloseTo(2, 1);
  });
});

test("Jacobi's eigenvalues have the matrix's trace and squares, and are right where they are known", () => {
  const sorted = eigenvalues([
    [2, 1, 0],
    [1, 2, 1],
    [0, 1, 2],
  ]).sort((a, b) => a - b);
  for (const [index, value] of [2 - Math.SQRT2, 2, 2 + Math.SQRT2].entries())
    expect(sorted[index]).toBeCloseTo(value, 9);
  const entries = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 15, maxLength: 15 });
  fc.assert(
    fc.property(entries, (values) => {
      const at = (p: number, q: number) =>
        values[(Math.max(p, q) * (Math.max(p, q) + 1)) / 2 + Math.min(p, q)] ?? 0;
      const matrix = [0, 1, 2, 3, 4].map((p) => [0, 1, 2, 3, 4].map((q) => at(p, q)));
      const found = eigenvalues(matrix);
      const sum = (numbers: number[]) => numbers.reduce((total, one) => total + one, 0);
      expect(sum(found)).toBeCloseTo(sum(matrix.map((row, p) => row[p] ?? 0)), 8);
      expect(sum(found.map((one) => one ** 2))).toBeCloseTo(sum(matrix.flat().map((one) => one ** 2)), 8);
    }),
  );
});

describe("letter balance", () => {
  const mcq = {
    ...makeTask({ answerType: "mcq", answer: "b", options: ["a", "b", "c", "d"] }),
    shuffled: ["b", "a", "d", "c"],
  };

  test("the gold's place is counted as written and as shown; free answers have none", () => {
    expect(countPlace(NO_PLACES, mcq, "written")).toEqual([0, 1, 0, 0]);
    expect(countPlace(NO_PLACES, mcq, "shown")).toEqual([1, 0, 0, 0]);
    expect(countPlace(NO_PLACES, makeTask(), "shown")).toEqual([0, 0, 0, 0]);
  });

  test("an even spread has statistic 0, one place alone three times its count", () => {
    expect(placeChiSquare([5, 5, 5, 5])).toBe(0);
    expect(placeChiSquare([20, 0, 0, 0])).toBe(60);
    expect(placeChiSquare(NO_PLACES)).toBeNull();
  });
});
