import { beforeAll, expect, test } from "@jest/globals";
import { type GateResult, measureGate } from "../../bench/gate/measure.js";
import type { AdmissionCode } from "../../src/core/admission/codes.js";

/** Share of the right tasks that the gate may refuse (docs/admission.md). */
const MAX_FALSE_REJECTS = 0.02;
/** Share of each kind of wrong task that it must refuse. */
const MIN_CAUGHT = 0.9;

let result: GateResult;
beforeAll(async () => {
  result = await measureGate("gate");
});

test("the set has 320 right tasks or more, of several shapes", () => {
  expect(result.good).toBeGreaterThanOrEqual(320);
  expect(Object.keys(result.shapes).sort()).toEqual(
    ["dated", "derived", "integer", "list", "mcq", "number", "string"].sort(),
  );
});

test("at most two right tasks in a hundred are refused", () => {
  expect(result.falseRejects / result.good).toBeLessThanOrEqual(MAX_FALSE_REJECTS);
});

test("of every kind of wrong task there are ten or more, and nine in ten are refused, or it is said why not", () => {
  for (const { kind, tasks, caught, needsModel } of result.kinds) {
    expect([kind, tasks >= 10]).toEqual([kind, true]);
    if (needsModel === null) expect([kind, caught / tasks >= MIN_CAUGHT]).toEqual([kind, true]);
  }
  expect(result.kinds.filter((one) => one.needsModel !== null)).toHaveLength(1);
});

test("each kind is refused by the check that is meant for it, not by chance", () => {
  const meant: readonly (readonly [RegExp, ...AdmissionCode[]])[] = [
    [/^swapped gold: other field, quote of the asked/, "not_derivable"],
    [/^swapped gold: other field, its own/, "evidence_elsewhere"],
    [/^swapped gold: other country/, "not_derivable"],
    [/^perturbed/, "not_derivable"],
    [/^leak/, "answer_leak"],
    [/^document reference/, "document_reference"],
    [/^dangling/, "dangling_deixis"],
    [/^ambiguous/, "ambiguous"],
    [/^options: (?:a twin|one that holds)/, "options_duplicate"],
    [/^options: a catch-all/, "options_unusable"],
    [/^options: another kind/, "options_unlike"],
    [/^options: the answer missing/, "options_without_answer"],
    [/^options: two of/, "options_two_right"],
    [/^options: the answer is the one long/, "options_length"],
    [/^options: the answer is the one precise/, "options_pattern"],
    [/^instructions in the document/, "document_instructions"],
    [/^instructions in the question/, "instructions"],
    [/^hidden/, "document_hidden_text"],
    [/^personal/, "personal_data"],
    [/^secret/, "secret"],
    [/^duplicate: (?:exact|case)/, "duplicate"],
    [/^duplicate: reworded/, "near_duplicate"],
    [/^duplicate: another wording/, "same_fact"],
    [/^contaminated/, "contaminated"],
  ];
  for (const { kind, tasks, by, needsModel } of result.kinds) {
    if (needsModel !== null) continue;
    const [, ...codes] = meant.find(([pattern]) => pattern.test(kind)) ?? [/$/];
    const found = Math.max(0, ...codes.map((code) => by[code] ?? 0));
    expect([kind, codes, found / tasks >= MIN_CAUGHT]).toEqual([kind, codes, true]);
  }
  // No kind has vanished.
  const kinds = result.kinds.map((one) => one.kind);
  expect(meant.filter(([pattern]) => !kinds.some((kind) => pattern.test(kind)))).toEqual([]);
});
