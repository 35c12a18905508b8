import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { isVerifiable, verify } from "../../../src/core/answers/verify.js";
import type { AnswerType } from "../../../src/core/records/answer.js";
import { FREE_ANSWER_TYPES } from "../../../src/core/records/answer.js";

const task = (answerType: AnswerType, answer: string, shuffled: readonly string[] = []) => ({
  answerType,
  answer,
  shuffled,
});

describe("integer", () => {
  test.each<[string, string, string]>([
    ["1234", "1,234", "correct"],
    ["1234", " 1 234 ", "correct"],
    ["1234", "+1234", "correct"],
    ["1234", "1234.", "correct"],
    ["1234", "1234.00", "correct"],
    ["-5", "−5", "correct"],
    ["7", "seven", "correct"],
    ["42", "Forty-two", "correct"],
    ["1234", "1235", "wrong"],
    ["5", "-5", "wrong"],
    ["9007199254740993", "9007199254740992", "wrong"],
    ["1234", "12,34", "unparsable"],
    ["1234", "1234 km", "correct"],
    ["1234", "1243 km", "wrong"],
    ["1234", "1234 or so", "unparsable"],
    ["1234", "1234 or 1235", "unparsable"],
    ["1234", "about 1234", "unparsable"],
    ["50", "50%", "unparsable"],
    ["2", "4/2", "unparsable"],
    ["2", "", "unparsable"],
    ["2", "1+1", "unparsable"],
  ])("gold %p, answer %p: %s", (gold, answer, verdict) => {
    expect(verify(task("integer", gold), answer)).toBe(verdict);
  });
});

describe("expression", () => {
  test.each<[string, string, string]>([
    ["1/2", "\\frac{1}{2}", "correct"],
    ["1/2", "\\dfrac12", "correct"],
    ["1/2", "0.5", "correct"],
    ["1/2", "50%", "correct"],
    ["1/2", "50\\%", "correct"],
    ["1/2", "$\\frac{2}{4}$", "correct"],
    ["-1/2", "-\\frac{1}{2}", "correct"],
    ["-1/2", "\\frac{-1}{2}", "correct"],
    ["1500", "1.5e3", "correct"],
    ["1500", "1.5 \\times 10^{3}", "correct"],
    ["1500", "1.5 × 10^3", "correct"],
    ["1234.5", "1,234.50", "correct"],
    ["x^2 + 1", "x^{2}+1", "correct"],
    ["2 \\cdot x", "2*x", "correct"],
    ["\\left(a+b\\right)", "(a + b)", "correct"],
    ["1/3", "0.333", "wrong"],
    ["1/2", "1/-2", "wrong"],
    ["n", "N", "wrong"],
    ["x+1", "1+x", "correct"],
    ["50", "50%", "wrong"],
    ["1/2", "", "unparsable"],
  ])("gold %p, answer %p: %s", (gold, answer, verdict) => {
    expect(verify(task("expression", gold), answer)).toBe(verdict);
  });

  test("division by zero is no number", () => {
    expect(verify(task("expression", "1/2"), "1/0")).toBe("unparsable");
  });

  test("fractions, decimals and percentages of the same number are equal; a neighbour is not", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -99_999, max: 99_999 }),
        fc.integer({ min: 1, max: 50 }),
        (hundredths, factor) => {
          const gold = `${hundredths}/100`;
          const sign = hundredths < 0 ? "-" : "";
          const digits = String(Math.abs(hundredths)).padStart(3, "0");
          const decimal = `${sign}${digits.slice(0, -2)}.${digits.slice(-2)}`;
          for (const same of [decimal, `${hundredths}%`, `\\frac{${hundredths * factor}}{${100 * factor}}`]) {
            expect(verify(task("expression", gold), same)).toBe("correct");
          }
          expect(verify(task("expression", gold), `${hundredths + 1}%`)).toBe("wrong");
        },
      ),
    );
  });
});

describe("string", () => {
  test.each<[string, string, string]>([
    ["N'Djamena", "n’djamena.", "correct"],
    ["Gulf of Guinea", "The Gulf of Guinea", "correct"],
    ["Sao Tome", "São  Tomé", "correct"],
    ["Paris", "Paris or London", "wrong"],
    ["Paris", "Not Paris", "wrong"],
    ["Paris", "It is Paris, France", "wrong"],
    ["Paris", "Pari", "wrong"],
    ["3.5", "35", "wrong"],
    ["Paris", " ... ", "unparsable"],
  ])("gold %p, answer %p: %s", (gold, answer, verdict) => {
    expect(verify(task("string", gold), answer)).toBe(verdict);
  });
});

describe("mcq", () => {
  const options = ["Abuja", "N'Djamena", "Niamey", "Bangui"];
  test.each<[string, string]>([
    ["B", "correct"],
    ["(b)", "correct"],
    ["B.", "correct"],
    ["B) N'Djamena", "correct"],
    ["B: n’djamena", "correct"],
    ["N'Djamena", "correct"],
    ["A", "wrong"],
    ["Niamey", "wrong"],
    ["A) Abuja", "wrong"],
    ["A) N'Djamena", "unparsable"],
    ["A, B", "unparsable"],
    ["A or B", "unparsable"],
    ["ABCD", "unparsable"],
    ["E", "unparsable"],
    ["Lagos", "unparsable"],
    ["Abuja N'Djamena Niamey Bangui", "unparsable"],
    ["", "unparsable"],
  ])("answer %p: %s", (answer, verdict) => {
    expect(verify(task("mcq", "N'Djamena", options), answer)).toBe(verdict);
  });

  test("an option that looks like a letter with text is still found verbatim", () => {
    const species = ["E. coli", "B. subtilis", "C. elegans", "S. aureus"];
    expect(verify(task("mcq", "C. elegans", species), "c. elegans")).toBe("correct");
    expect(verify(task("mcq", "C. elegans", species), "E. coli")).toBe("wrong");
  });

  test("an option with a superscript is not the option with these digits", () => {
    const powers = ["10⁸", "10⁷", "10⁶", "10⁵"];
    expect(verify(task("mcq", "10⁸", powers), "108")).toBe("unparsable");
    expect(verify(task("mcq", "10⁸", powers), "10^8")).toBe("correct");
    expect(verify(task("mcq", "A-", ["A", "A-", "A+", "B"]), "A-")).toBe("correct");
    expect(verify(task("mcq", "A-", ["C", "A-", "A+", "B"]), "A+")).toBe("wrong");
  });

  test("the letter follows the order shown, the text does not", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(options, { minLength: 4 }), (shown) => {
        const letter = "ABCD".charAt(shown.indexOf("N'Djamena"));
        expect(verify(task("mcq", "N'Djamena", shown), letter)).toBe("correct");
        expect(verify(task("mcq", "N'Djamena", shown), "N'Djamena")).toBe("correct");
      }),
    );
  });
});

test("no answer is unparsable", () => {
  for (const type of ["mcq", ...FREE_ANSWER_TYPES] as const)
    expect(verify(task(type, "7"), null)).toBe("unparsable");
});

test("isVerifiable: a gold must be readable as its type", () => {
  expect(isVerifiable("1,234", "integer")).toBe(true);
  expect(isVerifiable("many", "integer")).toBe(false);
  expect(isVerifiable("??", "string")).toBe(false);
  expect(isVerifiable("1/0", "expression")).toBe(false);
  expect(isVerifiable("H_2O", "expression")).toBe(true);
  expect(isVerifiable("12 km", "quantity")).toBe(true);
  expect(isVerifiable("12", "quantity")).toBe(false);
  expect(isVerifiable("12", "quantity", { unit: "km" })).toBe(true);
  expect(isVerifiable("1962", "date", { precision: "day" })).toBe(false);
  expect(isVerifiable("Chad; Chad", "set")).toBe(false);
  expect(isVerifiable("Chad; Niger", "list", { elements: "integer" })).toBe(false);
});

test("isVerifiable: a tolerance that accepts nearly anything is refused, and judges nothing correct", () => {
  expect(isVerifiable("100", "number", { tolerance: "10%" })).toBe(true);
  for (const tolerance of ["11%", "50", "-1", "much"]) {
    expect(isVerifiable("100", "number", { tolerance })).toBe(false);
    expect(verify({ ...task("number", "100"), policy: { tolerance } }, "100")).toBe("wrong");
  }
});
