import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { passages, passageText, wholePassages } from "../../../src/core/corpus/passages.js";
import { hasFocus, pickFocus } from "../../../src/core/game/focus.js";
import { keyed } from "../../../src/core/random/rng.js";
import { makeSegment } from "../../support/fixtures.js";

const MCQ = { kind: "mcq" } as const;
const texts = (text: string, subject = "") => {
  const segment = makeSegment(text, [], subject);
  return passages(segment).map((span) => passageText(segment, span));
};

test("the passages of a card are its lines, without the one that only names the subject", () => {
  expect(texts("Country: Chad\nCapital: N'Djamena\n  Area: 1,284,000 sq km \n\nok", "Chad")).toEqual([
    "Capital: N'Djamena",
    "Area: 1,284,000 sq km",
  ]);
});

test("the passages of running text are its sentences", () => {
  const text =
    "Chad was part of France's African holdings until 1960. It endured three decades of civil warfare before peace was restored in 1990. Rebels came.";
  expect(texts(text, "Chad")).toEqual([
    "Chad was part of France's African holdings until 1960.",
    "It endured three decades of civil warfare before peace was restored in 1990.",
    "Rebels came.",
  ]);
});

test("passages are disjoint, in order, and trimmed, whatever the text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 400 }), (text) => {
      let last = 0;
      const segment = makeSegment(text);
      for (const span of passages(segment)) {
        expect(span.start).toBeGreaterThanOrEqual(last);
        expect(span.end).toBeLessThanOrEqual(text.length);
        expect(passageText(segment, span)).toBe(passageText(segment, span).trim());
        last = span.end;
      }
    }),
  );
});

test("the focus is drawn by its generator alone, over all passages", () => {
  const segment = makeSegment("Capital: N'Djamena\nArea: 1,284,000 sq km\nClimate: desert in north");
  const drawn = Array.from(
    { length: 60 },
    (_, index) => pickFocus(segment, MCQ, keyed("focus", index))?.start,
  );
  expect(new Set(drawn).size).toBe(3);
  expect(pickFocus(segment, MCQ, keyed("focus", 7))).toEqual(pickFocus(segment, MCQ, keyed("focus", 7)));
  expect(pickFocus(makeSegment("one"), MCQ, keyed("focus", 1))).toBeNull();
});

test("a segment that begins inside a sentence leaves out the rest of that sentence", () => {
  const text = "The idol was carried by four persons over 120 metres. The town paid for it.";
  const whole = makeSegment(text);
  const from = (start: number) => ({ ...whole, start, text: text.slice(start) });
  const lines = (segment: typeof whole) => wholePassages(segment).map((span) => passageText(segment, span));
  expect(lines(from(13))).toEqual(["The town paid for it."]);
  expect(lines(from(54))).toEqual(["The town paid for it."]);
  expect(lines(from(0))).toHaveLength(2);
});

test("lines with a label are facts of a card only when the document has a subject", () => {
  const text = "/lib/: basic libraries;\n/bin/: small programs;\n/dev/: files of devices;";
  expect(hasFocus(makeSegment(text, [], "Debian"), MCQ)).toBe(true);
  expect(hasFocus(makeSegment(text, [], ""), MCQ)).toBe(false);
});
