import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { groupByPrefix } from "../../../src/core/warmup/prefixes.js";

const ids = (...tokens: number[]) => Int32Array.from(tokens);

test("sequences that begin alike share their beginning; others stand alone", () => {
  const groups = groupByPrefix([ids(1, 2, 3, 4), ids(9, 2, 3), ids(1, 2, 3, 7, 8), ids(1, 2, 5)], 2);
  expect(groups).toEqual([
    { length: 2, members: [0, 2, 3] },
    { length: 3, members: [1] },
  ]);
});

test("equal sequences share all of themselves, however short", () => {
  expect(groupByPrefix([ids(5), ids(6), ids(5)], 8)).toEqual([
    { length: 1, members: [0, 2] },
    { length: 1, members: [1] },
  ]);
});

test("every sequence is in one group and begins with its group's beginning", () => {
  const sequence = fc.array(fc.nat(2), { minLength: 1, maxLength: 8 }).map((one) => ids(...one));
  fc.assert(
    fc.property(fc.array(sequence, { maxLength: 12 }), fc.integer({ min: 1, max: 4 }), (all, minimum) => {
      const groups = groupByPrefix(all, minimum);
      expect(groups.flatMap((one) => one.members).sort((a, b) => a - b)).toEqual(
        all.map((_, place) => place),
      );
      for (const { length, members } of groups) {
        expect(length).toBeGreaterThan(0);
        const [first] = members.map((place) => [...(all[place] ?? [])].slice(0, length));
        for (const place of members) expect([...(all[place] ?? [])].slice(0, length)).toEqual(first);
      }
    }),
  );
});
