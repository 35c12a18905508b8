import { describe, expect, test } from "@jest/globals";
import { alignment } from "../../../src/core/admission/evidence/alignment.js";
import { ambiguity } from "../../../src/core/admission/evidence/ambiguity.js";
import { derivable as derivableCheck } from "../../../src/core/admission/evidence/derivable.js";
import type { ProposalInput } from "../../../src/core/admission/input.js";
import {
  optionLength,
  optionPattern,
  optionTruth,
  optionVerbatim,
} from "../../../src/core/admission/options/option-hygiene.js";
import { answerKind } from "../../../src/core/admission/question/answer-kind.js";
import { deixis } from "../../../src/core/admission/question/deixis.js";
import { leak } from "../../../src/core/admission/question/leak.js";
import { personalData } from "../../../src/core/admission/question/unsafe-text.js";
import type { CheckResult } from "../../../src/core/checks/check.js";
import type { Segment } from "../../../src/core/records/document.js";
import type { Candidate } from "../../../src/core/records/task.js";
import { picksOne } from "../../../src/core/text/picks.js";
import { makeCandidate, makeSegment, proposalInput } from "../../support/fixtures.js";

const card = makeSegment(
  [
    "Country: Chad",
    "Capital: N'Djamena",
    "Area: 1,284,000 sq km (495,755 sq mi)",
    "Languages: French, Arabic",
    "Top export partner: US",
    "Exports: oil, cattle",
    "Median age: 17 years",
    "Life expectancy: 50 years",
    "Growth: 6.9% (2014 est.), 5.7% (2013 est.)",
  ].join("\n"),
);

interface Runs {
  readonly run: (input: ProposalInput) => CheckResult;
}

const run = (check: Runs, candidate: Candidate, segment: Segment = card): CheckResult =>
  check.run(proposalInput(candidate, segment));

const with_ = (check: Runs, changes: Partial<Candidate>, segment: Segment = card): string | null => {
  const result = run(check, makeCandidate(changes), segment);
  return result.ok ? null : result.code;
};

describe("leak, beyond word for word", () => {
  test.each<[string, string, boolean]>([
    ["Of its five ports, how many does Chad use?", "5", false],
    ["Twenty-one states signed; how many were they?", "21", false],
    ["Which one of the ports is the main one?", "1", true],
    ["Which Arabs live in Chad?", "Arab", false],
    ["Which language is spoken in Germany?", "German", false],
    ["What is the nationality of people from Chad?", "Chadian", true],
    ["Which sea lies at the base of the hill?", "Basel", true],
  ])("%p with answer %p passes: %p", (question, answer, ok) => {
    expect(run(leak, makeCandidate({ question, answer })).ok).toBe(ok);
  });
});

describe("deixis", () => {
  const passes = (question: string, answerType: Candidate["answerType"] = "string") =>
    run(deixis, makeCandidate({ question, answerType }), makeSegment("A text.", [], "")).ok;

  test.each([
    "What is the capital of this country?",
    "Which of these is a river in Chad?",
    "Which of the following rivers flows north?",
    "When did it gain independence?",
    "Where is it located?",
    "How large is it?",
    "Did they sign the treaty?",
    "What is its capital?",
    "Who led the country?",
    "What is the country's climate?",
    "What region is the nation in?",
    "What did those people grow?",
    "What is shown in the picture above?",
    "Which of the two is the latter?",
  ])("refuses %p", (question) => {
    expect(passes(question)).toBe(false);
  });

  test.each([
    "What is the capital of Chad?",
    "Chad borders Libya; which language is spoken in this country?",
    "What is the capital of Chad, and how large is it?",
    "When Marie Curie moved to Paris, which subject did she study?",
    "How long does it take to boil an egg?",
    "Which country that borders Libya has no coast?",
    "What do those who vote in Chad have to show?",
    "Which is the former colony of France in central Africa?",
    "Which mountain rises above the city of Oslo?",
    "Which of the following is prime: 4, 7, or 9?",
    "What is the name of the country of the Maoris?",
  ])("accepts %p", (question) => {
    expect(passes(question)).toBe(true);
  });

  test("pointing at the options is fine where there are options", () => {
    expect(passes("Which of the following is the capital of Chad?", "mcq")).toBe(true);
    expect(passes("Which of these rivers crosses Chad?", "mcq")).toBe(true);
  });
});

describe("answer kind", () => {
  test.each<[string, string, boolean]>([
    ["How many airports does Chad have?", "French", false],
    ["How many airports does Chad have?", "fifty-nine", true],
    ["How many airports does Chad have?", "none", true],
    ["When did Chad become independent?", "France", false],
    ["When did Chad become independent?", "11 August 1960", true],
    ["When does the rain begin?", "after the harvest in May", true],
    ["Who led Chad?", "1960", false],
    ["Who led Chad?", "Idriss Deby", true],
    ["Which country borders Chad?", "11 August 1960", false],
    ["What is the population of Chad?", "Arabic", false],
    ["What is the area of study of a botanist?", "plants", true],
    ["What is the capital of Chad?", "17 years", false],
    ["How does Chad trade?", "by road", true],
    ["Which highway leads to Sarh?", "National Road 5", true],
  ])("%p with answer %p passes: %p", (question, answer, ok) => {
    expect(run(answerKind, makeCandidate({ question, answer })).ok).toBe(ok);
  });
});

describe("derivable", () => {
  const derivable = (answer: string, quotes: string[], changes: Partial<Candidate> = {}) =>
    with_(derivableCheck, { answer, quotes, ...changes });

  test.each<[string, string[]]>([
    ["N'Djamena", ["Capital: N'Djamena"]],
    ["1284000", ["Area: 1,284,000 sq km"]],
    ["1.28 million sq km", ["Area: 1,284,000 sq km"]],
    ["33", ["Median age: 17 years", "Life expectancy: 50 years"]],
    ["67 years", ["Median age: 17 years", "Life expectancy: 50 years"]],
    ["seventeen", ["Median age: 17 years"]],
    ["2", ["Languages: French, Arabic"]],
    ["Arabic and French", ["Languages: French, Arabic"]],
    ["yes", ["Capital: N'Djamena"]],
    ["x^2 + 1", []],
    ["because the north of the country is a desert", ["Capital: N'Djamena"]],
  ])("%p follows from %p", (answer, quotes) => {
    const answerType = answer.includes("^") ? "expression" : "string";
    expect(derivable(answer, quotes, { answerType })).toBeNull();
  });

  test.each<[string, string[]]>([
    ["Abuja", ["Capital: N'Djamena"]],
    ["French", ["Capital: N'Djamena"]],
    ["1,284,001 sq km", ["Area: 1,284,000 sq km"]],
    ["34", ["Median age: 17 years", "Life expectancy: 50 years"]],
    ["18 years", ["Median age: 17 years"]],
  ])("%p does not follow from %p", (answer, quotes) => {
    expect(derivable(answer, quotes)).toBe("not_derivable");
  });

  test("an alias that the document does not have would let the Challenger choose what is right", () => {
    const quotes = ["Languages: French, Arabic"];
    expect(derivable("French", quotes, { policy: { aliases: ["Arabic"] } })).toBeNull();
    expect(derivable("French", quotes, { policy: { aliases: ["Arabic", "Hausa"] } })).toBe("not_derivable");
  });

  test("a sentence with a gap must stand in the document when the answer fills the gap", () => {
    const prose = makeSegment("The first release of Debian was announced by Ian Murdock in 1993.");
    const gap = (question: string) => with_(derivableCheck, { question, answer: "1993", quotes: [] }, prose);
    expect(
      gap('Which year completes "The first release of Debian was announced by Ian Murdock in ___."?'),
    ).toBeNull();
    expect(
      gap('Which year completes "The last release of Debian was announced by Ian Murdock in ___."?'),
    ).toBe("not_derivable");
    expect(gap('Which name completes "The first release of Debian was announced by ___ in 1993."?')).toBe(
      "not_derivable",
    );
    expect(gap('Which year completes "in ___."?')).toBe("not_derivable");
  });

  test("every element of a list or set must stand in the document, in any place", () => {
    const found = (answer: string) =>
      proposalInput(makeCandidate({ answer, answerType: "set", quotes: [] }), card).found.ok;
    expect(found("oil; French; US")).toBe(true);
    expect(found("oil; French; gold")).toBe(false);
  });

  test("a percentage is computed only when one is asked for", () => {
    const quotes = ["Median age: 17 years", "Life expectancy: 50 years"];
    expect(derivable("34", quotes)).toBe("not_derivable");
    const question = "What percentage of life expectancy is the median age in Chad?";
    expect(derivable("34", quotes, { question })).toBeNull();
  });
});

describe("alignment", () => {
  const aligned = (question: string, answer: string, quotes: string[] = []) =>
    with_(alignment, { question, answer, quotes });

  test.each<[string, string, string[], string | null]>([
    ["What is the capital of Chad?", "French", ["Languages: French, Arabic"], "evidence_elsewhere"],
    ["What is the capital of Chad?", "N'Djamena", [], null],
    ["What is the top export partner of Chad?", "oil", ["Exports: oil, cattle"], "evidence_elsewhere"],
    ["What does Chad export?", "oil, cattle", ["Exports: oil, cattle"], null],
    ["How old are people in Chad on average?", "17 years", ["Median age: 17 years"], null],
    ["Which city governs Chad?", "N'Djamena", [], null],
  ])("%p -> %p with %p: %p", (question, answer, quotes, expected) => {
    expect(aligned(question, answer, quotes)).toBe(expected);
  });

  test("without a quote any line that holds the answer may be meant", () => {
    const twice = makeSegment(
      "Nationality: Estonian\nMain language: Estonian\nCapital: Tallinn",
      [],
      "Estonia",
    );
    const question = "What is the main language of Estonia?";
    expect(with_(alignment, { question, answer: "Estonian" }, twice)).toBeNull();
  });
});

describe("ambiguity", () => {
  const ambiguous = (question: string, answer: string, changes: Partial<Candidate> = {}, segment = card) =>
    with_(ambiguity, { question, answer, ...changes }, segment);

  test.each<[string, string, string | null]>([
    ["What was the growth of Chad?", "6.9%", "ambiguous"],
    ["What was the growth of Chad in 2014?", "6.9%", null],
    ["What was the latest growth of Chad?", "6.9%", null],
    ["What is the area of Chad?", "1,284,000", "ambiguous"],
    ["What is the area of Chad in square kilometers?", "1,284,000", null],
    ["What is the area of Chad?", "1,284,000 sq km", null],
    ["Which language is spoken in Chad?", "French", "ambiguous"],
    ["What are the main exports of Chad?", "oil", "ambiguous"],
    ["Which language besides Arabic is spoken in Chad?", "French", null],
    ["Which languages are spoken in Chad?", "French, Arabic", null],
    ["What is the capital of Chad?", "N'Djamena", null],
  ])("%p -> %p: %p", (question, answer, expected) => {
    expect(ambiguous(question, answer)).toBe(expected);
  });

  test.each<[string, string, string, string | null]>([
    [
      "In 1967, Manuel Blum developed an axiomatic theory, the speed-up theorem, for all sets.",
      "What theorem was implicated by Manuel Blum's axioms?",
      "the speed-up theorem",
      null,
    ],
    [
      "The neighborhood features restaurants, live theater and nightclubs.",
      "What type of theater do the neighborhoods feature?",
      "live theater",
      null,
    ],
    [
      "Ted Heath, his successor and many others were heard.",
      "Who wanted Israel to withdraw?",
      "Ted Heath",
      null,
    ],
    [
      "However, loess, settled in the tundra, is dust.",
      "What is the term for wind-blown dust?",
      "loess",
      null,
    ],
    ["Chad is bordered by Libya, Sudan and Niger.", "Which neighbor does Chad have?", "Sudan", "ambiguous"],
  ])("in %p, %p -> %p: %p", (text, question, answer, expected) => {
    expect(ambiguous(question, answer, {}, makeSegment(text))).toBe(expected);
  });

  test("options say which item of a list is meant", () => {
    const options = ["French", "Dutch", "Hausa", "Malay"];
    expect(
      ambiguous("Which language is spoken in Chad?", "French", { answerType: "mcq", options }),
    ).toBeNull();
  });

  test("two lines with one label and different values", () => {
    const two = makeSegment("Capital: N'Djamena\nArea: 5 sq km\nCapital: Abéché");
    expect(ambiguous("What is the capital of Chad?", "N'Djamena", {}, two)).toBe("ambiguous");
    const same = makeSegment("Capital: N'Djamena\nArea: 5 sq km\nCapital: N'Djamena");
    expect(ambiguous("What is the capital of Chad?", "N'Djamena", {}, same)).toBeNull();
  });
});

describe("personal data in a question with a gap", () => {
  const hidden = (sentence: string, answer: string) => {
    const segment = makeSegment(`${sentence.replace("___", answer)}\nChad lies in Africa.`);
    const question = `Which word completes "${sentence}"?`;
    return with_(personalData, { question, answer }, segment);
  };

  test.each([
    ["For help with the packages write to help@___.com at any time.", "ministere"],
    ["Call the office in N'Djamena under +235 22 ___ 40 68 at any time.", "51"],
    ["Pay the fee to the account DE89 3704 ___ 0532 0130 00 in Berlin.", "0044"],
  ])("%p with %p in its gap is found", (sentence, answer) => {
    expect(hidden(sentence, answer)).toBe("personal_data");
  });

  test("the rest of the sentence is searched in the document, and other gaps pass", () => {
    const segment = makeSegment("The office of Falcot answers under jean@ministere.td at any time.");
    const question = 'Which name completes "The office of ___ answers under"?';
    expect(with_(personalData, { question, answer: "Falcot" }, segment)).toBe("personal_data");
    expect(hidden("The servers of ___ run in a cellar in Lyon.", "Falcot")).toBeNull();
  });
});

describe("option hygiene", () => {
  const mcq = (options: string[], changes: Partial<Candidate> = {}) =>
    makeCandidate({ answerType: "mcq", answer: options[0] ?? "", options, ...changes });

  test.each<[string[], boolean]>([
    [["the only long and careful answer of all", "short", "brief", "tiny"], false],
    [["a long and careful answer", "a long and careful lie", "x", "y"], true],
    [["N'Djamena", "Bangui", "Niamey", "Abuja"], true],
  ])("length %p passes: %p", (options, ok) => {
    expect(run(optionLength, mcq(options)).ok).toBe(ok);
  });

  test.each<[string[], boolean]>([
    [["61,855,120", "20,000,000", "40,000,000", "70,000,000"], false],
    [["61,855,120", "20,310,442", "40,128,733", "70,555,001"], true],
    [["5,000 km", "10 km", "12 km", "15 km"], false],
    [["37", "10", "20", "30"], false],
    [["40", "10", "20", "30"], true],
    [["1956", "1960", "1962", "1971"], true],
    [["Oslo", "10", "20", "30"], true],
  ])("pattern %p passes: %p", (options, ok) => {
    expect(run(optionPattern, mcq(options)).ok).toBe(ok);
  });

  test("two items of one enumeration are both right, unless the question picks one", () => {
    const truth = (question: string, options: string[]) =>
      with_(optionTruth, {
        question,
        options,
        answerType: "mcq",
        answer: "French",
      });
    const both = ["French", "Arabic", "Hausa", "Malay"];
    expect(truth("Which language is spoken in Chad?", both)).toBe("options_two_right");
    expect(truth("What is the first language of Chad?", both)).toBeNull();
    expect(truth("Which language is spoken in Chad?", ["French", "Dutch", "oil", "Malay"])).toBeNull();
  });

  test("the answer may not be the only option in the document", () => {
    expect(run(optionVerbatim, mcq(["French", "Dutch", "Hausa", "Malay"])).ok).toBe(false);
    expect(run(optionVerbatim, mcq(["French", "Arabic", "Hausa", "Malay"])).ok).toBe(true);
  });

  test.each([
    ["What is the main export of Chad?", true],
    ["What are the main exports of Chad?", false],
    ["Give an example of a language of Chad.", true],
    ["Which language is spoken in Chad?", false],
  ])("%p picks one: %p", (question, picks) => {
    expect(picksOne(question)).toBe(picks);
  });
});
