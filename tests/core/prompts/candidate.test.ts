import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { readCandidate } from "../../../src/core/prompts/reading/candidate.js";
import { anyText } from "../../support/any-text.js";
import { makeCandidate } from "../../support/fixtures.js";

test("reads back what JSON writes, and passes over the fields of a recorded task", () => {
  const candidate = makeCandidate({ quotes: ["Capital: N'Djamena"] });
  const recorded = { ...candidate, id: "1", segmentId: "2", shuffled: [], evidence: { start: 0, end: 1 } };
  expect(readCandidate(JSON.stringify(recorded))).toEqual({ ok: true, candidate });
});

test("the digits of an answer stay as written", () => {
  const text = '{"question": "How much is it in Chad?", "answer": 0.10, "answerType": "number"}';
  expect(readCandidate(text)).toMatchObject({ ok: true, candidate: { answer: "0.10" } });
});

test.each<[string, object, string]>([
  ["a type that does not exist", { answerType: "text" }, "bad_type"],
  ["no type", { answerType: undefined }, "bad_type"],
  ["an answer that is no text", { answer: ["a"] }, "bad_type"],
  ["an answer that is not of its type", { answer: "many", answerType: "integer" }, "bad_type"],
  ["options that are no list", { options: "a" }, "bad_type"],
  ["an empty question", { question: " " }, "missing_field"],
  ["a control character", { answer: "a\u0007" }, "control_character"],
])("refuses %s", (_, changes, refusal) => {
  expect(readCandidate(JSON.stringify({ ...makeCandidate(), ...changes }))).toMatchObject({
    ok: false,
    refusal,
  });
});

test("a text that is no such object is left to the parsers of proposals", () => {
  for (const text of [
    "",
    "[]",
    "5",
    '{"question": "Q"}',
    '{"question": "Q", "answer": 1, "answer_type": "Integer"}',
  ])
    expect(readCandidate(text)).toBeNull();
  fc.assert(fc.property(anyText(), (text) => void readCandidate(text)));
});
