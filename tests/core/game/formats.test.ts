import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { MixEntry } from "../../../src/core/experiment/experiment.js";
import { formatOf } from "../../../src/core/game/formats.js";

const MCQ = { kind: "mcq" } as const;
const FREE = { kind: "free", answerType: "string" } as const;
const mix: readonly [MixEntry, MixEntry] = [
  { format: MCQ, share: 3 },
  { format: FREE, share: 1 },
];

test("in a step each format comes as often as its share says, up to rounding", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (slots, shift) => {
        const formats = Array.from({ length: slots }, (_, slot) => formatOf(mix, slot, slots, shift));
        const count = formats.filter((one) => one.kind === "mcq").length;
        expect(Math.abs(count - 0.75 * slots)).toBeLessThanOrEqual(1);
      },
    ),
  );
});

test("a single document gets each format with its share of probability", () => {
  const draws = Array.from({ length: 1000 }, (_, index) => formatOf(mix, 0, 1, index / 1000));
  expect(draws.filter((one) => one.kind === "mcq")).toHaveLength(750);
});
