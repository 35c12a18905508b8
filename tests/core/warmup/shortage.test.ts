import { expect, test } from "@jest/globals";
import { whyUnaskable } from "../../../src/core/corpus/askable.js";
import { keyed } from "../../../src/core/random/rng.js";
import { minedSentences, valuePool } from "../../../src/core/warmup/mined.js";
import {
  shortageAdvice,
  shortageText,
  type WarmupCounts,
  whyUnasked,
} from "../../../src/core/warmup/shortage.js";
import { makeSegment } from "../../support/fixtures.js";

const counts = (refused: Readonly<Record<string, number>>, documents = 50): WarmupCounts => ({
  documents,
  segments: documents,
  pairs: 0,
  facts: 0,
  sentences: 84,
  withAnswer: 2,
  tasks: 0,
  refused,
});

test.each([
  ["Hi Ann,", "not_a_sentence"],
  ["It works again.", "too_few_words"],
  ["The harbor was built by Otto Hahn in 1962 -- see https://example.org for the plan.", "markup"],
  ["The harbor was built *again* by Otto Hahn in 1962.", "markup"],
  ["This was decided by the council of Velmora in 1951.", "needs_context"],
  [`The harbor ${"of the old town ".repeat(5)}was dredged in 1951.`, "too_many_words"],
  ["The harbor of Velmora was dredged by Corin Ekman in 1951.", null],
])("says why no question is made of a sentence: %s", (sentence, reason) => {
  expect(whyUnaskable(sentence)).toBe(reason);
});

test("says why a sentence gives no task", () => {
  const segment = makeSegment(
    "The harbor was dredged by Corin Ekman in 1951. The water was deep and cold in all parts.",
  );
  const other = makeSegment("The tower was painted by Corin Ekman in the year of the storm.", [], "Tower");
  const reasonsOf = (documents: readonly (typeof segment)[]) =>
    minedSentences(segment, valuePool(documents), keyed("mined")).map(({ refusal }) => refusal);
  expect(reasonsOf([segment])).toEqual([null, "no_value"]);
  const [first] = minedSentences(other, valuePool([other, segment]), keyed("mined"));
  expect(first).toMatchObject({ tasks: [], refusal: "common_value" });
});

test("a task is asked when one format accepts it; else the first format gives the reason", () => {
  const task = {
    source: "mined",
    question: "In which year?",
    answer: "1951",
    answerType: "date",
    wrong: [],
    passage: null,
  } as const;
  const mcq = { kind: "mcq" } as const;
  const free = { kind: "free", answerType: "date" } as const;
  expect(whyUnasked(task, [mcq], () => null)).toBe("no_options");
  expect(whyUnasked(task, [{ ...free, answerType: "number" }], () => null)).toBe("other_type");
  expect(whyUnasked(task, [mcq, free], () => null)).toBeNull();
  expect(whyUnasked(task, [free], () => "personal_data")).toBe("personal_data");
});

test("the text has the counts and the three most frequent reasons", () => {
  const text = shortageText(counts({ no_value: 3, not_a_sentence: 51, personal_data: 4, too_few_words: 20 }));
  expect(text).toBe(
    "Looked at: 84 sentences (2 with a usable answer). Refused most often: 51 not_a_sentence (no whole sentence: a list item, a heading, a greeting, code); 20 too_few_words (fewer than 6 words); 4 personal_data (holds personal data).",
  );
  expect(shortageText({ ...counts({}), sentences: 0 })).toBe("Looked at: no sentence, no fact and no pair.");
});

test("the advice follows from the counts", () => {
  expect(shortageAdvice(counts({ no_value: 9 }), 0.25)).toMatch(/^Tasks ask for a date, number/);
  expect(shortageAdvice(counts({ no_value: 9 }), 0.25)).not.toContain("warmupShare");
  const few = shortageAdvice(counts({ no_options: 9 }, 3), 0.25);
  expect(few).toContain("Add documents: the warm start has 3");
  expect(few).toContain("A larger corpus.warmupShare than 0.25");
  expect(shortageAdvice(counts({ no_options: 9 }, 3), 0.5)).not.toContain("warmupShare");
  expect(shortageAdvice(counts({ personal_data: 9 }), 0.25)).toContain("docs/admission.md");
});
