import { describe, expect, test } from "@jest/globals";
import { promptFamily } from "../../../src/core/prompts/families.js";
import type { TaskFormat } from "../../../src/core/records/task.js";
import { makeCandidate, makeSegment } from "../../support/fixtures.js";

const family = promptFamily("small-prose");
const MCQ: TaskFormat = { kind: "mcq" };
const FREE: TaskFormat = { kind: "free", answerType: "string" };
const WRONG = "Wrong: Ada Byron | Otto Hahn | Clara Barton";
const SENTENCE = "The Debian project was announced by Ian Murdock in 1993.";
const segment = makeSegment(`${SENTENCE} Squid is a proxy server.`);

const questionOf = (text: string, format: TaskFormat) => {
  const parsed = family.parseProposal(text, format, true);
  return parsed.ok ? parsed.candidate.question : parsed.refusal;
};

describe("a sentence becomes a question with a gap", () => {
  test.each([
    ["Ian Murdock", 'Which name completes "The Debian project was announced by ___ in 1993."?'],
    ["ian murdock", 'Which name completes "The Debian project was announced by ___ in 1993."?'],
    ["1993", 'Which year completes "The Debian project was announced by Ian Murdock in ___."?'],
    ["project", 'Which word completes "The Debian ___ was announced by Ian Murdock in 1993."?'],
    ["was announced", 'Which words complete "The Debian project ___ by Ian Murdock in 1993."?'],
  ])("%s", (answer, question) => {
    expect(questionOf(` ${SENTENCE}\nAnswer: ${answer}\n${WRONG}`, MCQ)).toBe(question);
    expect(questionOf(`Sentence: ${SENTENCE}\nAnswer: ${answer}`, FREE)).toBe(question);
  });

  test("an answer that stands twice in its sentence gives two gaps", () => {
    expect(questionOf(` The lxc package has all that LXC needs.\nAnswer: lxc\n${WRONG}`, MCQ)).toBe(
      'Which word completes "The ___ package has all that ___ needs."?',
    );
  });

  test("the answer and the wrong options are those of the text", () => {
    const parsed = family.parseProposal(` ${SENTENCE}\nAnswer: 1993\nWrong: 1994 | 1995 | 1996`, MCQ, true);
    expect(parsed).toMatchObject({
      candidate: { answer: "1993", answerType: "mcq", options: ["1993", "1994", "1995", "1996"] },
    });
  });

  test.each([
    ["a sentence without the answer", "answer_outside_sentence", ` ${SENTENCE}\nAnswer: Linus\n${WRONG}`],
    ["a part of a word", "answer_outside_sentence", ` ${SENTENCE}\nAnswer: Mur\n${WRONG}`],
    ["an answer of function words", "bad_type", ` The house was by the sea.\nAnswer: was by\n${WRONG}`],
    ["the end of a sentence", "not_a_question", ` announced by Ian Murdock in 1993.\nAnswer: 1993\n${WRONG}`],
    ["the beginning of a sentence", "not_a_question", ` The Debian project was\nAnswer: Debian\n${WRONG}`],
    ["no sentence", "not_a_question", `Sentence:\nAnswer: Debian\n${WRONG}`],
  ])("refused: %s", (_, code, text) => {
    expect(questionOf(text, MCQ)).toBe(code);
  });

  test("an answer in the plural or singular is the word of the sentence", () => {
    const text = ` The function makes a list of edits for the two cities.\nAnswer: the two city\n${WRONG}`;
    expect(family.parseProposal(text, MCQ, true)).toMatchObject({
      candidate: { answer: "the two cities", options: expect.arrayContaining(["the two cities"]) },
    });
    expect(questionOf(text.replace("the two city", "edit"), MCQ)).toMatch(/a list of ___ for/);
    expect(questionOf(text.replace("the two city", "city list"), MCQ)).toBe("answer_outside_sentence");
  });

  test("a text that ended at the token limit is truncated", () => {
    const parsed = family.parseProposal(` ${SENTENCE}\nAnswer: 1993`, MCQ, false);
    expect(parsed).toMatchObject({ refusal: "truncated" });
  });

  test("other faults are those of small", () => {
    expect(questionOf(` ${SENTENCE}\nAnswer: 1993`, MCQ)).toBe("unparsable");
    expect(questionOf(` ${SENTENCE}\nAnswer: 1993\nWrong: 1994`, MCQ)).toBe("options_count");
  });
});

test("a question is read as it is", () => {
  expect(questionOf(" What is Squid?\nAnswer: a proxy server", FREE)).toBe("What is Squid?");
});

test("the text to learn has the sentence of a question with a gap, and the parser reads it back", () => {
  const candidate = makeCandidate({
    question: 'Which year completes "The Debian project was announced by Ian Murdock in ___."?',
    answer: "1993",
    answerType: "mcq",
    options: ["1993", "1994", "1995", "1996"],
  });
  const text = family.proposalText(candidate, family.challenger(segment, MCQ, null));
  expect(text).toBe(` ${SENTENCE}\nAnswer: 1993\nWrong: 1994 | 1995 | 1996`);
  expect(family.parseProposal(text, MCQ, true)).toEqual({ ok: true, candidate });
});

test("a template of the user that ends in Question: gets the question itself", () => {
  const candidate = makeCandidate({
    question: 'Which year completes "The Debian project was announced by Ian Murdock in ___."?',
    answer: "1993",
  });
  const text = family.proposalText(candidate, { kind: "text", text: "Ask.\nQuestion:" });
  expect(text).toBe(` ${candidate.question}\nAnswer: 1993`);
});
