import { describe, expect, test } from "@jest/globals";
import type { Fact } from "../../../src/core/records/document.js";
import { FACT_FIELDS, factField } from "../../../src/core/truth/fact-fields.js";
import { askedField, askOracle } from "../../../src/core/truth/oracle.js";
import { makeSegment, makeTask } from "../../support/fixtures.js";

const fact = (field: string, ...values: string[]): Fact => ({ field, subject: "Chad", values });
const chad = makeSegment("Country: Chad", [
  fact("Capital", "N'Djamena"),
  fact("Main language", "French"),
  fact("Borders", "Cameroon, Libya, Niger"),
  fact("Population", "11,631,456", "11.6 million"),
  fact("Exports", "oil, livestock"),
  fact("Top export partner", "United States"),
  fact("Independence", "11 August 1960"),
  fact("Highest point", "Emi Koussi"),
  fact("Motto", "Unity, Work, Progress"),
  fact("Life expectancy", "50 years"),
]);
const judge = (question: string, answer: string, options: string[] = []) =>
  askOracle(chad, makeTask({ question, answer, options, answerType: options.length > 0 ? "mcq" : "string" }));

describe("askOracle", () => {
  test.each<[string, string, string]>([
    ["What is the capital of Chad?", "n’djamena", "right"],
    ["What is the capital of Chad?", "French", "wrong"],
    ["Which language is mainly spoken in Chad?", "French", "right"],
    ["Which country borders Chad?", "Libya", "right"],
    ["Which countries border Chad?", "Cameroon, Libya, Niger", "right"],
    ["Which country borders Chad?", "Sudan", "wrong"],
    ["How many people live in Chad?", "11631456", "right"],
    ["What is the population of Chad?", "11.6 million", "right"],
    ["What does Chad export?", "livestock", "right"],
    ["Which country is the top export partner of Chad?", "United States", "right"],
    ["When did Chad become independent?", "11 August 1960", "right"],
    ["What is the highest mountain in Chad?", "Emi Koussi", "right"],
    ["What is the motto of Chad?", "Unity, Work, Progress", "right"],
    ["What is the motto of Chad?", "Unity", "wrong"],
    ["What is the climate of Chad?", "dry", "wrong"],
    ["What is the average life expectancy of people from Chad?", "50 years", "right"],
    ["How old is the median life expectancy in Chad?", "50 years", "right"],
    ["Who wrote about Chad?", "someone", "unknown"],
    ["What is the capital of Mali?", "Bamako", "unknown"],
  ])("%p with gold %p: %s", (question, answer, verdict) => {
    expect(judge(question, answer)).toBe(verdict);
  });

  test("multiple choice with a second true option is wrong", () => {
    expect(judge("Which country borders Chad?", "Libya", ["Libya", "Oman", "Peru", "Fiji"])).toBe("right");
    expect(judge("Which country borders Chad?", "Libya", ["Libya", "Niger", "Peru", "Fiji"])).toBe("wrong");
  });

  test("a fact card cannot answer what it has no line for", () => {
    const card = { ...chad, document: { ...chad.document, kind: "prose" } };
    const climate = makeTask({ question: "What is the climate of Chad?", answer: "French" });
    expect([askOracle(chad, climate), askOracle(card, climate)]).toEqual(["wrong", "unknown"]);
  });

  test("claims nothing about a document without facts", () => {
    expect(askOracle(makeSegment("text"), makeTask())).toBe("unknown");
  });

  test("words of the subject do not ask for a field", () => {
    const subject = "Central African Republic";
    const facts = ["Region", "Capital"].map((field): Fact => ({ field, subject, values: ["x"] }));
    const asked = askedField("What is the capital of the Central African Republic?", facts);
    expect(asked).toBe(factField("Capital"));
  });
});

test("every template of every field asks for that field and no other", () => {
  for (const field of FACT_FIELDS) {
    for (const template of field.questions) {
      const asked = askedField(template.replace("{s}", "Chad"), [fact("Anything", "x")]);
      expect([template, asked]).toEqual([template, field]);
    }
  }
});

test("a field of the document comes before a word of the table of countries", () => {
  const facts = [{ field: "Symbol", subject: "Indium", values: ["In"] }];
  const segment = makeSegment("Element: Indium\nSymbol: In", facts, "Indium");
  const ask = (answer: string) =>
    askOracle(segment, { question: "What is the symbol of Indium?", answer, options: [] });
  expect([ask("In"), ask("Ir")]).toEqual(["right", "wrong"]);
});

test("a question for the date of independence from a country asks for the date", () => {
  const facts = [
    { field: "Independence", subject: "Jamaica", values: ["6 August 1962"] },
    { field: "Independent from", subject: "Jamaica", values: ["UK"] },
  ];
  const segment = makeSegment("Country: Jamaica\nIndependence: 6 August 1962", facts, "Jamaica");
  const ask = (question: string, answer: string) => askOracle(segment, { question, answer, options: [] });
  expect(ask("What is the date of Jamaica's independence from the UK?", "6 August 1962")).toBe("right");
  expect(ask("When did Jamaica gain independence from the UK?", "6 August 1962")).toBe("right");
  expect(ask("From which country did Jamaica gain independence?", "UK")).toBe("right");
});
