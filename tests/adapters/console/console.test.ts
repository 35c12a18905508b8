import { PassThrough } from "node:stream";
import { expect, test } from "@jest/globals";
import { ConsoleSink } from "../../../src/adapters/console/console-sink.js";
import { duration, stepLine } from "../../../src/adapters/console/step-line.js";
import type { StepMetrics } from "../../../src/core/records/metrics.js";

const metrics: StepMetrics = {
  step: 7,
  challenger_reward_mean: 0.314,
  reasoner_reward_mean: null,
  admitted_share: 0.44,
  gold_accuracy: 1,
  pass_hist_0: 4,
  pass_hist_4: 8,
  pass_hist_8: 1,
  sampled_completion_tokens: 640,
  seconds_sample: 2,
  seconds_step: 3.21,
  policy_version: 8,
};

const collect = (options: { live?: boolean; quiet?: boolean } = {}) => {
  const stream = new PassThrough() as PassThrough & Partial<NodeJS.WriteStream>;
  const sink = new ConsoleSink({
    stream: stream as unknown as NodeJS.WriteStream,
    live: false,
    quiet: false,
    steps: 30,
    ...options,
  });
  return { sink, text: () => String(stream.read() ?? "") };
};

test("a step at a glance", () => {
  expect(stepLine(metrics, 30, 4)).toBe(
    "step  7/30  challenger  0.31  reasoner   –    admitted  44 %  gold 100 %  pass ▄···█···▁  320 tok/s  v8  3.2 s  left 1:32",
  );
  expect(stepLine({ step: 1 }, 3, null)).toContain("pass ·········");
});

test.each([
  [0, "0 s"],
  [59.4, "59 s"],
  [187, "3:07"],
  [7509, "2:05:09"],
  [-3, "0 s"],
])("%d seconds are %s", (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

test("in a log: one line a step, four for a long phase, none for short ones, however they interleave", () => {
  const { sink, text } = collect();
  for (let done = 1; done <= 16; done += 1) {
    sink.progress("training", 0, 1);
    sink.progress("warm start", done, 16);
  }
  sink.step(metrics);
  expect(
    text()
      .split("\n")
      .map((line) => line.split("  ")[0]),
  ).toEqual([
    "warm start 1/16",
    "warm start 4/16",
    "warm start 8/16",
    "warm start 12/16",
    "warm start 16/16",
    "step",
    "",
  ]);
});

test("on a terminal: a live line that is rewritten, kept below what stays, and cleared", () => {
  const { sink, text } = collect({ live: true });
  sink.progress("documents", 1, 4);
  expect(text()).toBe("\r\u001b[2K  ━━━┄┄┄┄┄┄┄┄┄ documents 1/4");
  sink.line("note");
  expect(text()).toBe("\r\u001b[2Knote\n\r\u001b[2K  ━━━┄┄┄┄┄┄┄┄┄ documents 1/4");
  sink.clear();
  expect(text()).toBe("\r\u001b[2K");
});

test("quiet is quiet", () => {
  const { sink, text } = collect({ quiet: true });
  sink.progress("warm start", 1, 1);
  sink.step(metrics);
  expect(text()).toBe("");
});
