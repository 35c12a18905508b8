import { expect, test } from "@jest/globals";
import { parseOverride } from "../../../src/config/override.js";
import { REFUSALS } from "../../../src/core/admission/codes.js";
import { adviceFor } from "../../../src/core/analysis/advice.js";
import { Funnel } from "../../../src/core/analysis/funnel.js";
import type { Refusal } from "../../../src/core/records/task.js";
import { makeEpisode, makeProposal } from "../../support/episodes.js";
import { experiment } from "../../support/experiment.js";

function advice(refusals: readonly Refusal[], changes: Partial<typeof experiment> = {}) {
  const funnel = new Funnel(0);
  funnel.add(makeEpisode(refusals.map((refusal) => makeProposal({ refusal }))));
  return adviceFor(funnel.report(), { ...experiment, ...changes });
}

test("the reasons that cost the most proposals come first, three at most", () => {
  const refusals: Refusal[] = [
    "truncated",
    "duplicate",
    "duplicate",
    "answer_leak",
    "answer_leak",
    "answer_leak",
  ];
  refusals.push("unparsable", "unparsable", "unparsable", "unparsable");
  expect(advice(refusals).map(({ reason }) => reason)).toEqual(["unparsable", "answer_leak", "duplicate"]);
});

test("proposals at the token limit: twice the limit", () => {
  const [first] = advice(["truncated"]);
  expect(first?.settings).toEqual([`challenger.maxTokens=${experiment.challenger.maxTokens * 2}`]);
});

test("a form that is not written: a warm start, or a longer one", () => {
  const off = advice(["unparsable"], { warmup: { ...experiment.warmup, enabled: false } });
  expect(off[0]?.settings).toContain("warmup.enabled=true");
  const on = advice(["unparsable"], { warmup: { ...experiment.warmup, enabled: true, steps: 12 } });
  expect(on[0]?.settings).toEqual(["warmup.steps=24"]);
});

test.each(REFUSALS)("%s has advice, and its settings can be set", (refusal) => {
  const [first] = advice([refusal]);
  expect(first?.text).toMatch(/\.$/);
  for (const setting of first?.settings ?? []) expect(() => parseOverride(setting)).not.toThrow();
});
