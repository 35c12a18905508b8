import { expect, test } from "@jest/globals";
import { differenceLines } from "../../src/cli/runs/difference-lines.js";

const differ = (count: number) =>
  Array.from({ length: count }, (_, slot) => ({
    step: 1,
    slot,
    path: "proposals[0].reward",
    stored: 1,
    recomputed: slot === 0 ? undefined : 0.5,
  }));

test("up to 20 differences of a replay are all shown, with nothing after them", () => {
  expect(differenceLines([])).toEqual([]);
  const lines = differenceLines(differ(20));
  expect(lines).toHaveLength(20);
  expect(lines.slice(0, 2)).toEqual([
    "step 1, document 0, proposals[0].reward: stored 1, recomputed absent",
    "step 1, document 1, proposals[0].reward: stored 1, recomputed 0.5",
  ]);
});

test("of more than 20 differences, the last line says how many are left out and how to see all", () => {
  expect(differenceLines(differ(21)).at(-1)).toBe("... and 1 more difference; --json prints all");
  expect(differenceLines(differ(57)).slice(20)).toEqual(["... and 37 more differences; --json prints all"]);
});
