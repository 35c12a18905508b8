import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { filledGap, GAP, gapQuestion } from "../../../src/core/text/gap.js";
import { findSpans } from "../../../src/core/text/spans.js";

const sentence = "The project was announced by Ian Murdock in 1993.";

test("a question with a gap names the kind of the value", () => {
  const start = sentence.indexOf("1993");
  expect(gapQuestion("year", sentence, [{ start, end: start + 4 }])).toBe(
    'Which year completes "The project was announced by Ian Murdock in ___."?',
  );
});

test("the answer in the gap gives the sentence, whatever the place", () => {
  fc.assert(
    fc.property(fc.nat(sentence.length - 1), fc.nat(sentence.length), (a, b) => {
      const [start, end] = [Math.min(a, b), Math.max(a, b)];
      const question = gapQuestion("name", sentence, [{ start, end }]);
      expect(filledGap(question, sentence.slice(start, end))).toBe(sentence);
    }),
  );
});

test("each place of the answer is a gap, and the answer fills all of them", () => {
  const twice = "The lxc package contains what lxc needs, and __init__ is no gap.";
  const places = findSpans(twice, "LXC");
  const question = gapQuestion("name", twice, places);
  expect(question).toBe(
    'Which name completes "The ___ package contains what ___ needs, and __init__ is no gap."?',
  );
  expect(filledGap(question, "lxc")).toBe(twice);
});

test("a gap that a model wrote with another number of underscores is filled once", () => {
  expect(filledGap('Which name completes "The _____ project."?', "Debian")).toBe("The Debian project.");
});

test.each(["What is Squid?", `Which name is ${GAP}?`, 'Which name completes "Debian was announced."?'])(
  "%s is no question with a gap",
  (question) => {
    expect(filledGap(question, "Debian")).toBeNull();
  },
);
