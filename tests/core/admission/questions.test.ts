import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { readSegment } from "../../../src/core/admission/document/segment-text.js";
import { choice } from "../../../src/core/admission/question/choice.js";
import { deixis } from "../../../src/core/admission/question/deixis.js";
import { documentReference } from "../../../src/core/admission/question/document-reference.js";
import { incomplete } from "../../../src/core/admission/question/incomplete.js";
import { leak } from "../../../src/core/admission/question/leak.js";
import { needsText } from "../../../src/core/admission/question/needs-text.js";
import { makeCandidate, makeSegment } from "../../support/fixtures.js";

const PROSE = "Blum published a program about proteins. The professor drew the first footballs.";

function isWhole(question: string, answerType: "string" | "mcq" = "string"): boolean {
  const text = readSegment(makeSegment(PROSE, [], ""));
  return incomplete.run({ candidate: makeCandidate({ question, answerType }), text }).ok;
}

describe("a question that stops", () => {
  test.each([
    "When was",
    "Who was drawn",
    "What is the name of the pro",
    "What is the name of the pro?",
    "What is the name of the?",
    "When was?",
    "Which of the",
    "How many people",
    "In what",
    "Who",
    "When did Chad?",
    "What is the name of ...",
    "When did Tesla meet Alfred S.",
    "what is the capital of",
    "which river flows between",
    "Wie heißt die Hauptstadt von",
    "Какая столица",
    'Who sang "Hello',
  ])("%p is refused", (question) => {
    expect(isWhole(question)).toBe(false);
  });

  test.each([
    "When was Chad founded?",
    "Who was drawn?",
    "What is a wedding ring made of?",
    "What is Chad the capital of?",
    "Who discovered vitamin A?",
    'Who wrote "Who goes there?"',
    "Name the capital of Chad",
    "Calculate the area of a circle of radius 2",
    "What is 7 + 5",
    "what is the capital of chad",
    "how many islands does it have",
    "the capital of chad is the",
    "What did the professor draw with his foot?",
    "What is the name of the program?",
    "東京はどこの首都ですか",
    "ما عاصمة تشاد؟",
    "Ποια είναι η πρωτεύουσα;",
    "चाड की राजधानी क्या है",
    "¿Cuál es la capital?",
    'Which name completes "Chad borders ___."?',
    "What is the value of $x$ if $2x = 6$?",
    "Who led the U.S.?",
  ])("%p is whole", (question) => {
    expect(isWhole(question)).toBe(true);
  });

  test("with options, a sentence may stop where an option goes on, and a question may not", () => {
    expect(isWhole("The capital of Chad is", "mcq")).toBe(true);
    expect(isWhole("What is the capital of", "mcq")).toBe(false);
  });

  const written = readFileSync("tests/data/gate/speeches.jsonl", "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => (JSON.parse(line) as { readonly question: string }).question);

  test("questions that were written by hand are whole, and no beginning of them is", () => {
    expect(written.length).toBeGreaterThanOrEqual(120);
    expect(written.filter((question) => !isWhole(question))).toEqual([]);
    fc.assert(
      fc.property(
        fc.constantFrom(...written),
        fc.double({ min: 0.1, max: 0.95, noNaN: true }),
        (question, share) => {
          const cut = question.slice(0, Math.max(3, Math.floor(share * question.length)));
          // An initial or an abbreviation may end the piece with a dot.
          return /[.?]$/.test(cut.trim()) || !isWhole(cut);
        },
      ),
    );
  });
});

describe("a question that needs its text, on a document without a known subject", () => {
  const isRefused = (question: string) => {
    const candidate = makeCandidate({ question });
    return (
      !needsText.run({ candidate }).ok ||
      !deixis.run({ candidate, segment: makeSegment(PROSE, [], "") }).ok ||
      !documentReference.run({ candidate }).ok
    );
  };

  test.each([
    "What year did the company launch?",
    "When was the company founded?",
    "Who is the CEO of the company?",
    "What was the population in 2011?",
    "What was the unemployment rate in March 2011?",
    "What is the capital?",
    "What was the final score?",
    "Which event does the speaker describe?",
    "How did the narrator feel?",
    "What did the survey find?",
    "What is the value of x?",
    "Solve for y.",
    "Who created it?",
    "What took place there?",
    "And the year?",
    "Which one?",
    "About who?",
    "When did the nation become independent?",
    "What is mentioned?",
    "What is mentioned in the text?",
  ])("%p is refused", (question) => {
    expect(isRefused(question)).toBe(true);
  });

  test.each([
    "What year did the company Apple launch?",
    "What is the company that makes trains called?",
    "What was the population of Paris in 2011?",
    "What is the population density of the Moon?",
    "What is the speed of light?",
    "Which event does the speaker of the House announce?",
    "What is the value of pi?",
    "If 2x = 6, what is the value of x?",
    "How many islands are there?",
    "Who was Chad's president when France left it?",
    "What is mentioned in Genesis 1:1?",
    "What do photocytes produce?",
    "When was the prime number theorem proven?",
    "Which ocean is largest?",
    "What is the poem by Homer about the return of a king called?",
  ])("%p passes", (question) => {
    expect(isRefused(question)).toBe(false);
  });
});

describe("a choice that the question names", () => {
  const codes = (question: string, answer: string) => {
    const candidate = makeCandidate({ question, answer });
    return [leak.run({ candidate }), choice.run({ candidate })].flatMap((one) => (one.ok ? [] : [one.code]));
  };

  test.each([
    ["Which is larger, 7 or 9?", "9"],
    ["Which is larger, 7 or 9?", "7"],
    ["Which group is larger: Swedish or Irish?", "Irish"],
    ["Which came first, the chicken or the egg?", "the egg"],
    ["Which is larger between 7 and 9?", "7"],
    ["Of France and Spain, which is larger?", "Spain"],
    ["Ist Berlin oder Bonn die Hauptstadt?", "Berlin"],
    ["东京和北京哪个更大，东京还是北京？", "东京"],
  ])("%p with answer %p is no leak and has its own code", (question, answer) => {
    expect(codes(question, answer)).toEqual(["choice_named"]);
  });

  test.each([
    ["Is it true or false that water boils at 100 C?", "true"],
    ["Is it true that water boils at 100 C?", "true"],
    ["Does water boil at 100 C, yes or no?", "yes"],
  ])("%p with answer %p gives nothing away", (question, answer) => {
    expect(codes(question, answer)).toEqual([]);
  });

  test.each([
    ["What is the capital of Chad, N'Djamena or another city?", "N'Djamena"],
    ["What is the capital of Chad, known to be N'Djamena?", "N'Djamena"],
    ["Is the capital of Chad N'Djamena?", "N'Djamena"],
    ["日本の首都は東京ですか。", "東京"],
  ])("%p with answer %p is a leak", (question, answer) => {
    expect(codes(question, answer)).toEqual(["answer_leak"]);
  });
});
