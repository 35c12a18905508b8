import { expect, test } from "@jest/globals";
import { disagrees, verifiedAnswers } from "../../../src/core/truth/opinion.js";
import { reviewRecord } from "../../../src/core/truth/review.js";
import { attempts, makeEpisode, makeProposal } from "../../support/episodes.js";
import { makeTask } from "../../support/fixtures.js";

test("only what changes a reward is a disagreement", () => {
  expect(disagrees("integer", "correct", "wrong")).toBe(true);
  expect(disagrees("integer", "wrong", "correct")).toBe(true);
  expect(disagrees("integer", "unparsable", "correct")).toBe(true);
  expect(disagrees("integer", "unparsable", "wrong")).toBe(false);
  expect(disagrees("integer", "correct", "correct")).toBe(false);
  expect(disagrees("integer", "correct", "unparsable")).toBe(false);
});

test("answers with a verdict are listed once, those without an answer or lost to the engine never", () => {
  const answered = attempts("correct", "infrastructure", "wrong").map((one) => ({ ...one, answer: "12" }));
  const proposal = makeProposal({ attempts: [...answered, ...attempts("unparsable")], openBook: answered });
  const twin = makeProposal({ attempts: answered });
  const found = verifiedAnswers([makeEpisode([proposal, twin, makeProposal({ task: null })])]);
  expect(found.map(({ kind, attempt }) => `${kind} ${attempt.index}`)).toEqual([
    "open-book 0",
    "open-book 2",
    "blind 0",
    "blind 2",
  ]);
});

test("a record for people holds no text longer than they would read", () => {
  const [attempt] = attempts("correct").map((one) => ({ ...one, answer: "y".repeat(500) }));
  if (attempt === undefined) throw new Error("one attempt");
  const task = makeTask({ question: "x".repeat(100_000) });
  const record = reviewRecord(
    3,
    { segmentId: "s", task, kind: "blind", attempt },
    { second: "wrong", by: "judge", rewarded: "native" },
  );
  expect(record.question.length).toBeLessThanOrEqual(2001);
  expect(record).toMatchObject({ step: 3, answer: attempt.answer, native: "correct", second: "wrong" });
});
