import { PassThrough } from "node:stream";
import { describe, expect, test } from "@jest/globals";
import { ConsoleSink } from "../../../src/adapters/console/console-sink.js";
import { duration, stepLine } from "../../../src/adapters/console/step-line.js";
import type { Clock } from "../../../src/app/ports/clock.js";
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

/** A clock that stands still until a test moves it. */
const stoppedClock = () => {
  let seconds = 0;
  const clock: Clock = {
    now: () => seconds * 1000,
    iso: () => "2026-01-01T00:00:00.000Z",
    cpuSeconds: () => 0,
  };
  return {
    clock,
    pass: (more: number) => {
      seconds += more;
    },
  };
};

const collect = (options: { live?: boolean; quiet?: boolean } = {}) => {
  const stream = new PassThrough() as PassThrough & Partial<NodeJS.WriteStream>;
  const { clock, pass } = stoppedClock();
  const sink = new ConsoleSink({
    stream: stream as unknown as NodeJS.WriteStream,
    live: false,
    quiet: false,
    clock,
    silenceMs: 55_000,
    ...options,
  });
  sink.expect(30);
  return { sink, text: () => String(stream.read() ?? ""), pass };
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

describe("in a log, the sink", () => {
  /** Let seconds pass, with the timer that the sink has. */
  const wait = ({ sink, pass }: ReturnType<typeof collect>, seconds: number): void => {
    for (let second = 0; second < seconds; second += 1) {
      pass(1);
      sink.tick();
    }
  };

  test.each([
    "preparing the run",
    "starting the trainer",
    "loading the model",
    "measuring a step",
    "warm start",
  ])("names the phase `%s` as soon as it begins", (phase) => {
    const { sink, text } = collect();
    sink.progress(phase, 0, 0);
    expect(text()).toBe(`${phase}\n`);
  });

  test("says what goes on in a phase that has no lines of its own", () => {
    const log = collect();
    log.sink.progress("training", 3, 64);
    wait(log, 130);
    expect(log.text()).toBe("training 3/64, for 55 s\ntraining 3/64, for 1:50\n");
  });

  test("says that no document is finished while the first takes minutes", () => {
    const log = collect();
    log.sink.progress("documents", 0, 8);
    wait(log, 120);
    expect(log.text()).toBe("documents 0/8, for 55 s\ndocuments 0/8, for 1:50\n");
  });

  test("says which work a report of the trainer belongs to", () => {
    const log = collect();
    log.sink.progress("warm start", 1, 12);
    wait(log, 50);
    log.sink.trainerProgress("training", 51, 67);
    log.text();
    wait(log, 10);
    expect(log.text()).toBe("warm start 1/12: training 51/67, for 55 s\n");
    log.sink.trainerProgress("training", 67, 67);
    wait(log, 55);
    expect(log.text()).toBe("warm start 1/12: training 67/67, for 1:50\n");
    log.sink.progress("documents", 0, 8);
    log.sink.trainerProgress("sampling", 3, 8);
    wait(log, 55);
    expect(log.text()).toBe("sampling 3/8, for 50 s\n");
  });

  test("says no time of work that has just begun", () => {
    const log = collect();
    wait(log, 60);
    log.sink.progress("training", 3, 64);
    log.sink.tick();
    expect(log.text()).toBe("training 3/64\n");
  });

  test("does not take a complete phase for one that goes on", () => {
    const log = collect();
    log.sink.progress("documents", 8, 8);
    wait(log, 60);
    expect(log.text()).toBe("documents 8/8 is done. Other work goes on for 55 s.\n");
    log.sink.step(metrics);
    log.text();
    wait(log, 60);
    expect(log.text()).toBe("step 7 is done. Other work goes on for 55 s.\n");
  });

  test("adds no line to a phase that reports often enough, and none after the work", () => {
    const log = collect();
    for (let done = 0; done <= 4; done += 1) {
      log.sink.progress("warm start", done, 4);
      wait(log, 50);
    }
    expect(log.text().trim().split("\n")).toHaveLength(5);
    log.sink.clear();
    wait(log, 300);
    expect(log.text()).toBe("");
  });

  test("says nothing when it has to be quiet", () => {
    const log = collect({ quiet: true });
    log.sink.progress("loading the model", 0, 0);
    wait(log, 300);
    expect(log.text()).toBe("");
  });
});

test("on a terminal the clock adds no lines: the live line is there", () => {
  const { sink, text, pass } = collect({ live: true });
  sink.progress("training", 3, 64);
  text();
  pass(300);
  sink.tick();
  expect(text()).toBe("");
});
