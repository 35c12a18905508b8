import { expect, test } from "@jest/globals";
import { comparingKills } from "../../bench/chaos/kills.js";

const kills = (...committed: readonly (number | null)[]) => committed.map((one) => ({ committed: one }));

test("a kill compares when a step that trained is committed after it and before the next kill", () => {
  expect(comparingKills(kills(1, 3), [1, 2, 3, 4])).toBe(2);
});

test("a kill compares nothing when the next one comes before a step, when no step is left, or before the run is there", () => {
  expect(comparingKills(kills(2, 2), [1, 2, 3, 4])).toBe(1);
  expect(comparingKills(kills(4), [1, 2, 3, 4])).toBe(0);
  expect(comparingKills(kills(null, null, 0), [1, 2, 3, 4])).toBe(1);
});

test("steps without training do not make a kill compare", () => {
  expect(comparingKills(kills(1, 3), [1, 4])).toBe(1);
  expect(comparingKills(kills(1, 3), [])).toBe(0);
});
