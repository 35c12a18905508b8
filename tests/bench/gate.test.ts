import { beforeAll, expect, test } from "@jest/globals";
import { type GateResult, measureGate, measureSpeeches } from "../../bench/gate/measure.js";
import type { AdmissionCode } from "../../src/core/admission/codes.js";

/** Share of the right tasks that the gate may refuse (docs/admission.md). */
const MAX_FALSE_REJECTS = 0.02;
/** Share of each kind of wrong task that it must refuse. */
const MIN_CAUGHT = 0.95;
/** Share of each kind that the check which is meant for it must find. */
const MIN_MEANT = 0.85;

let result: GateResult;
let speeches: GateResult;
beforeAll(async () => {
  result = await measureGate("gate");
  speeches = await measureSpeeches("gate");
});

test("the set has 320 right tasks or more, of several shapes", () => {
  expect(result.good).toBeGreaterThanOrEqual(320);
  expect(Object.keys(result.shapes).sort()).toEqual(
    ["dated", "derived", "integer", "list", "mcq", "number", "string"].sort(),
  );
});

test("the set of speeches has 120 right tasks or more, and each answer stands in its passage", () => {
  expect(speeches.good).toBeGreaterThanOrEqual(120);
  expect(speeches.findings.evidence_missing ?? 0).toBe(0);
});

test("at most two right tasks in a hundred are refused", () => {
  expect(result.falseRejects / result.good).toBeLessThanOrEqual(MAX_FALSE_REJECTS);
  expect(speeches.falseRejects / speeches.good).toBeLessThanOrEqual(MAX_FALSE_REJECTS);
});

test("of every kind of wrong task there are ten or more, and 95 % are refused, or it is said why not", () => {
  for (const { kind, tasks, caught, needsModel } of [...result.kinds, ...speeches.kinds]) {
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
    [/^swapped gold: of another passage/, "not_derivable"],
    [/^perturbed/, "not_derivable"],
    [/^incomplete/, "question_incomplete"],
    [/^needs the text/, "needs_text"],
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
    [/^instructions in (?:another language, in )?the document/, "document_instructions"],
    [/^instructions in (?:another language, in )?the question/, "instructions"],
    [/^hidden/, "document_hidden_text"],
    [/^personal/, "personal_data"],
    [/^secret/, "secret"],
    [/^duplicate: (?:exact|case)/, "duplicate"],
    [/^duplicate: reworded/, "near_duplicate"],
    [/^duplicate: another wording/, "same_fact"],
    [/^another gold/, "conflicting_gold"],
    [/^contaminated/, "contaminated"],
  ];
  for (const { kind, tasks, by, needsModel } of [...result.kinds, ...speeches.kinds]) {
    if (needsModel !== null) continue;
    const [, ...codes] = meant.find(([pattern]) => pattern.test(kind)) ?? [/$/];
    const found = Math.max(0, ...codes.map((code) => by[code] ?? 0));
    expect([kind, codes, found / tasks >= MIN_MEANT]).toEqual([kind, codes, true]);
  }
  // No kind has vanished.
  const kinds = [...result.kinds, ...speeches.kinds].map((one) => one.kind);
  expect(meant.filter(([pattern]) => !kinds.some((kind) => pattern.test(kind)))).toEqual([]);
});
