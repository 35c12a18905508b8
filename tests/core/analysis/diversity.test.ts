import { expect, test } from "@jest/globals";
import {
  answerEntropyBits,
  askedEntropyBits,
  distinctNgramRatio,
  distinctQuestionRatio,
  entropyBits,
} from "../../../src/core/analysis/diversity.js";
import { makeCandidate } from "../../support/fixtures.js";

const ask = (question: string, answer = "x") => makeCandidate({ question, answer });

test("distinct questions: a repeat in other words is a repeat", () => {
  const asked = [
    ask("What is the capital of Chad?"),
    ask("Which is Chad's capital?"),
    ask("What is the area of Chad?"),
  ];
  expect(distinctQuestionRatio(asked)).toBeCloseTo(2 / 3, 12);
  expect(distinctQuestionRatio([])).toBeNull();
});

test("distinct n-grams fall when phrasing becomes a template", () => {
  expect(distinctNgramRatio(["what is it", "what is it"])).toBe(0.5);
  expect(distinctNgramRatio(["one two three four"], 2)).toBe(1);
  expect(distinctNgramRatio(["too short"])).toBeNull();
});

test("entropy is in bits", () => {
  expect(entropyBits(["a", "b", "c", "d"])).toBe(2);
  expect(entropyBits(["a", "a"])).toBe(0);
  expect(entropyBits([])).toBeNull();
  expect(answerEntropyBits([ask("q", "The Nile"), ask("q", "nile")])).toBe(0);
});

test("asking the same of every subject has no entropy", () => {
  const capitals = ["What is the capital of Chad?", "Which is South Korea's capital?"];
  expect(askedEntropyBits(capitals)).toBe(0);
  expect(askedEntropyBits([...capitals, "What is the area of Chad?"])).toBeGreaterThan(0);
});
