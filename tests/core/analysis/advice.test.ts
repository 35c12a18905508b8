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
  const [first] = advice(["truncated", "answer_leak"]);
  expect(first?.settings).toEqual([`challenger.maxTokens=${experiment.challenger.maxTokens * 2}`]);
});

test("a form that is not written: a warm start, or a longer one", () => {
  const off = advice(["unparsable", "answer_leak", "answer_leak"], {
    warmup: { ...experiment.warmup, enabled: false },
  });
  const of = (all: typeof off) => all.find(({ reason }) => reason === "unparsable")?.settings;
  expect(of(off)).toContain("warmup.enabled=true");
  const on = advice(["unparsable", "answer_leak", "answer_leak"], {
    warmup: { ...experiment.warmup, enabled: true, steps: 12 },
  });
  expect(of(on)).toEqual(["warmup.steps=24"]);
});

test("a setting that has its value already is not advised", () => {
  const settingsWith = (warmupShare: number) => {
    const corpus = { ...experiment.corpus, warmupShare };
    const warmup = { ...experiment.warmup, enabled: false };
    return advice(["unparsable", "answer_leak"], { corpus, warmup })[0]?.settings;
  };
  expect(settingsWith(0.1)).toContain("corpus.warmupShare=0.25");
  expect(settingsWith(0.25)).not.toContain("corpus.warmupShare=0.25");
  expect(settingsWith(0.25)).toContain("warmup.enabled=true");
});

test("weights of a run get no second warm start", () => {
  const model = { ...experiment.model, id: "run:first@0" };
  const warmup = { ...experiment.warmup, enabled: false };
  const [one] = advice(["unparsable", "truncated"], { model, warmup });
  expect([one?.settings, one?.text]).toEqual([[], expect.stringContaining("those of a run")]);
});

test("nearly nothing can be read: the form comes first, whatever the most frequent reason", () => {
  const refusals: Refusal[] = [...Array<Refusal>(18).fill("truncated"), "unparsable", "answer_leak"];
  const warmup = { ...experiment.warmup, enabled: true, steps: 12 };
  const [first, second] = advice(refusals, { warmup });
  expect(first).toMatchObject({ reason: "truncated", settings: ["warmup.steps=48"] });
  expect(first?.share).toBeCloseTo(0.95);
  expect(first?.text).toMatch(/has not learned the form.+warmup\.learningRate.+ungated\.yaml/);
  expect(second?.reason).toBe("answer_leak");
  const readable = advice([...refusals, "answer_leak", "answer_leak"], { warmup });
  expect(readable[0]?.text).toContain("token limit");
});

test("a Reasoner that is never right: multiple choice, unless all tasks are multiple choice", () => {
  const attempts = [
    { index: 0, text: "no", tokens: 1, answer: "no", verdict: "wrong" as const, policyVersion: 1 },
  ];
  const funnel = new Funnel(0);
  funnel.add(makeEpisode([makeProposal({ attempts, passRate: 0, reward: 0 })]));
  const settingsWith = (challenger: Partial<typeof experiment.challenger>) => {
    const changed = { ...experiment, challenger: { ...experiment.challenger, ...challenger } };
    const found = adviceFor(funnel.report(), changed).find(({ reason }) => reason === "never_right");
    return found?.settings.length;
  };
  expect(settingsWith({ format: "mix", mix: [{ format: { kind: "mcq" }, share: 1 }] })).toBe(0);
  const free = { kind: "free", answerType: "string" } as const;
  expect(settingsWith({ format: "mix", mix: [{ format: free, share: 1 }] })).toBe(1);
});

test.each(REFUSALS)("%s has advice, and its settings can be set", (refusal) => {
  const [first] = advice([refusal]);
  expect(first?.text).toMatch(/\.$/);
  for (const setting of first?.settings ?? []) expect(() => parseOverride(setting)).not.toThrow();
});
