import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { isVerifiable, MAX_ANSWER_LENGTH, verify } from "../../src/core/answers.js";
import type { AnswerType } from "../../src/core/task.js";

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
    ["1234", "1234 km", "unparsable"],
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
    ["x+1", "1+x", "wrong"],
    ["50", "50%", "wrong"],
    ["1/2", "", "unparsable"],
  ])("gold %p, answer %p: %s", (gold, answer, verdict) => {
    expect(verify(task("expression", gold), answer)).toBe(verdict);
  });

  test("division by zero is no number", () => {
    expect(verify(task("expression", "1/2"), "1/0")).toBe("wrong");
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

describe("hostile answers", () => {
  const types: AnswerType[] = ["mcq", "integer", "expression", "string"];
  const attacks = [
    "9^9^9^9^9^9^9",
    "1e999999999",
    "\\frac{1}{\\frac{1}{\\frac{1}{0}}}",
    "process.exit(1)",
    "__import__('os').system('true')",
    "{".repeat(400),
    "\\boxed{".repeat(60),
    "A B C D",
    "Paris; London; Rome",
    "\u0000\u202ecorrect",
    "１".repeat(500),
    "-".repeat(500),
    "0.".repeat(200),
    "1,".repeat(200),
    "x".repeat(5_000_000),
  ];
  test.each(attacks)("attack %#", (attack) => {
    const began = performance.now();
    for (const type of types)
      expect(verify(task(type, "7", ["7", "8", "9", "10"]), attack)).not.toBe("correct");
    expect(performance.now() - began).toBeLessThan(50);
  });

  test("any text gets a verdict, and quickly; the gold itself is right", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...types),
        fc.string({ unit: "binary", maxLength: 600 }),
        fc.string({ unit: "binary" }),
        (type, answer, gold) => {
          const one = task(type, gold, [gold, "other", "third", "fourth"]);
          expect(["correct", "wrong", "unparsable"]).toContain(verify(one, answer));
          if (type !== "mcq" && isVerifiable(gold, type) && gold.length <= MAX_ANSWER_LENGTH) {
            expect(["correct", "unparsable"]).toContain(verify(one, gold));
          }
        },
      ),
    );
  });

  test("no answer is unparsable", () => {
    for (const type of types) expect(verify(task(type, "7"), null)).toBe("unparsable");
  });
});

test("isVerifiable: a gold must be readable as its type", () => {
  expect(isVerifiable("1,234", "integer")).toBe(true);
  expect(isVerifiable("many", "integer")).toBe(false);
  expect(isVerifiable("??", "string")).toBe(false);
});
