import { expect, test } from "@jest/globals";
import { compareRuns, type RunFiles } from "../../bench/chaos/compare.js";

/** A run of these steps, in order. */
const files = (steps: readonly number[], changes: Partial<RunFiles> = {}): RunFiles => ({
  episodes: steps.map((step) => ({ step, slot: 0, text: `episode ${step}` })),
  metrics: steps.map((step) => ({ step, loss: step / 2, policy_digest: `w${step}`, seconds_step: 1 })),
  audit: steps.map((step) => ({ event: "step", data: { step } })),
  ...changes,
});
const clean = {
  stepsLost: 0,
  stepsDoubled: 0,
  episodesEqual: true,
  metricsEqual: true,
  digestsEqual: true,
};

test("equal runs are clean, whatever they took and however often the audit log was rewound", () => {
  const slower = files([1, 2, 3]).metrics.map((one) => ({ ...one, seconds_step: 9 }));
  expect(compareRuns(files([1, 2, 3]), files([1, 2, 3], { metrics: slower }))).toEqual(clean);
  const step = (n: number) => ({ event: "step", data: { step: n } });
  const audit = [step(1), step(2), { event: "rewind", data: { from: 2, to: 1 } }, step(2), step(3)];
  expect(compareRuns(files([1, 2, 3]), files([1, 2, 3], { audit }))).toEqual(clean);
});

test("a lost step is counted", () => {
  expect(compareRuns(files([1, 2, 3]), files([1, 3]))).toMatchObject({ stepsLost: 1, digestsEqual: false });
});

test("a step that counts twice is found in any of the files", () => {
  const twice = files([1, 2, 2, 3]);
  for (const part of ["episodes", "metrics", "audit"] as const) {
    const found = compareRuns(files([1, 2, 3]), files([1, 2, 3], { [part]: twice[part] }));
    expect(found.stepsDoubled).toBe(1);
  }
});

test("another weight, number or word is a difference", () => {
  const whole = files([1, 2]);
  const change = (part: "metrics" | "episodes", field: string) => ({
    [part]: whole[part].map((one) => (one["step"] === 2 ? { ...one, [field]: "other" } : one)),
  });
  const with_ = (part: "metrics" | "episodes", field: string) =>
    compareRuns(whole, files([1, 2], change(part, field)));
  expect(with_("metrics", "policy_digest")).toMatchObject({ digestsEqual: false });
  expect(with_("metrics", "loss")).toMatchObject({ metricsEqual: false, digestsEqual: true });
  expect(with_("episodes", "text")).toMatchObject({ episodesEqual: false });
});
