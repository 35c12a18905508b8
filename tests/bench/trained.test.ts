import { expect, test } from "@jest/globals";
import type { RunFiles } from "../../bench/chaos/compare.js";
import { requireTraining, TrainedNothing } from "../../bench/trained.js";

/**
 * A run whose steps trained these many tokens and left these weights; it began with the weights
 * `w0`.
 */
const run = (...steps: readonly (readonly [tokens: number, digest: string])[]) => ({
  metrics: steps.map(([tokens, digest], index) => ({
    step: index + 1,
    trained_tokens: tokens,
    policy_digest: digest,
  })),
  audit: [{ event: "start", data: { policyDigest: "w0" } }] satisfies RunFiles["audit"],
});

/** Steps that train ten tokens each. */
const training = (count: number) =>
  Array.from({ length: count }, (_, index) => [10, `w${index + 1}`] as const);

test("a run that trains in every step is described", () => {
  expect(requireTraining("fake", run([10, "w1"], [20, "w2"], [30, "w3"]))).toEqual({
    steps: 3,
    trainedSteps: [1, 2, 3],
    trainedTokens: 60,
    digests: ["w0", "w1", "w2", "w3"],
  });
});

test("a run that trained no token fails, and the message names it", () => {
  const idle = run(...Array.from({ length: 40 }, () => [0, "w0"] as const));
  expect(() => requireTraining("fake, seed 1", idle)).toThrow(TrainedNothing);
  expect(() => requireTraining("fake, seed 1", idle)).toThrow(
    "fake, seed 1: the undisturbed run of 40 steps trained no token",
  );
});

test("a run without steps fails", () => {
  expect(() => requireTraining("fake", run())).toThrow("of 0 steps trained no token");
});

test("a step that trains and leaves the weights of the step before fails", () => {
  expect(() => requireTraining("fake", run([10, "w1"], [10, "w1"]))).toThrow(
    "step 2 trained 10 tokens and its policy digest is not new",
  );
});

test("a first step that trains and leaves the weights of the start fails", () => {
  expect(() => requireTraining("fake", run([10, "w0"]))).toThrow("step 1 trained 10 tokens");
});

test("a step that trains and brings back earlier weights fails", () => {
  expect(() => requireTraining("fake", run([10, "w1"], [10, "w2"], [10, "w1"]))).toThrow("step 3");
});

test("one step of ten may train nothing, two may not", () => {
  const nine = training(9);
  expect(requireTraining("fake", run(...nine, [0, "w9"])).trainedSteps).toHaveLength(9);
  expect(() => requireTraining("fake", run(...nine, [0, "w9"], [0, "w9"]))).toThrow(
    "the undisturbed run trained in 9 of 11 steps",
  );
});
