import { describe, expect, test } from "@jest/globals";
import { promptFamily } from "../../../src/core/prompts/families.js";
import {
  type AnswerPolicy,
  FREE_ANSWER_TYPES,
  type FreeAnswerType,
} from "../../../src/core/records/answer.js";
import type { Prompt } from "../../../src/core/records/prompt.js";
import { makeCandidate, makeSegment, makeTask } from "../../support/fixtures.js";

const chad = makeSegment("Country: Chad\nCapital: N'Djamena\nArea: 1,284,000 sq km");
const OPTIONS = ["N'Djamena", "Abuja", "Niamey", "Bangui"];

/** A task of each type. Its policy holds what the type leaves open. */
const TASKS = {
  string: {
    question: "What is the capital of Chad?",
    answer: "N'Djamena",
    policy: { aliases: ["Fort-Lamy"] },
  },
  integer: { question: "In which year did Chad become independent?", answer: "1960" },
  expression: { question: "What is the derivative of x^2 + x?", answer: "2x + 1" },
  number: { question: "What is the birth rate of Chad?", answer: "12.5", policy: { tolerance: "1%" } },
  quantity: { question: "How large is Chad?", answer: "1,284,000 sq km", policy: { tolerance: "500" } },
  date: {
    question: "When did Chad become independent?",
    answer: "11 August 1960",
    policy: { precision: "day" },
  },
  boolean: { question: "Is Chad landlocked?", answer: "yes" },
  list: { question: "Which are the first odd numbers?", answer: "1; 3; 5", policy: { elements: "integer" } },
  set: { question: "Which countries lie north or west of Chad?", answer: "Libya; Niger" },
} as const satisfies Record<FreeAnswerType, { question: string; answer: string; policy?: AnswerPolicy }>;

/** What the model sees. A chat prompt has a line with the role above each message. */
function shown(prompt: Prompt): string {
  if (prompt.kind === "text") return prompt.text;
  return prompt.messages.map(({ role, content }) => `--- ${role}\n${content}`).join("\n");
}

/** One text below the other, each under its name. */
const page = (texts: Readonly<Record<string, string>>): string =>
  Object.entries(texts)
    .map(([name, text]) => `===== ${name}\n${text}\n`)
    .join("\n");

/** Snapshots without quotes: the file reads as the model reads. */
expect.addSnapshotSerializer({ test: (value) => typeof value === "string", print: (value) => String(value) });

/*
 * The snapshots are the prompts of recorded runs. A changed wording needs a new version in the id
 * of the prompt family, and then new snapshots:
 * npm run test:js -- -u tests/core/prompts/wording.test.ts
 */
describe.each(["paper", "small", "small-prose"] as const)("%s", (name) => {
  const family = promptFamily(name);

  test("the choice of a format", () => {
    const selection = family.formatSelection(chad);
    const text = selection === null ? "The model does not choose." : shown(selection);
    expect(page({ "the choice of a format": text })).toMatchSnapshot(family.id);
  });

  test("a passage that the question must be about", () => {
    const capital = { start: 14, end: 32 };
    const format = { kind: "free", answerType: "string" } as const;
    expect(page({ Challenger: shown(family.challenger(chad, format, capital)) })).toMatchSnapshot(family.id);
  });

  test("multiple choice", () => {
    const candidate = makeCandidate({ answerType: "mcq", options: OPTIONS });
    const task = makeTask(candidate);
    const prompt = family.challenger(chad, { kind: "mcq" }, null);
    expect(
      page({
        Challenger: shown(prompt),
        "a proposal, as the Challenger should write it": family.proposalText(candidate, prompt),
        "Reasoner, with the document": shown(family.openBook(chad, task)),
        "Reasoner, with the document and asked in other words": shown(family.reworded(chad, task)),
        "Reasoner, with the options alone": shown(family.optionsOnly(task)),
        "Reasoner, without the document": shown(family.blind(task)),
        "an answer, as the Reasoner should write it": family.answerText(task),
      }),
    ).toMatchSnapshot(family.id);
  });

  test.each(FREE_ANSWER_TYPES)("%s", (answerType) => {
    const candidate = makeCandidate({ answerType, ...TASKS[answerType] });
    const task = makeTask(candidate);
    const prompt = family.challenger(chad, { kind: "free", answerType }, null);
    expect(
      page({
        Challenger: shown(prompt),
        "a proposal, as the Challenger should write it": family.proposalText(candidate, prompt),
        "Reasoner, with the document": shown(family.openBook(chad, task)),
        "Reasoner, with the document and asked in other words": shown(family.reworded(chad, task)),
        "Reasoner, without the document": shown(family.blind(task)),
        "an answer, as the Reasoner should write it": family.answerText(task),
      }),
    ).toMatchSnapshot(family.id);
  });
});
