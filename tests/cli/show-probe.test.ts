import { expect, test } from "@jest/globals";
import { showProbe } from "../../src/cli/runs/show-probe.js";

const estimate = (middle: number, low: number, high: number) => ({
  estimate: middle,
  low,
  high,
  clusters: 8,
});

test("a probe is a table with one line for each try; the settings of the changes stand below it", () => {
  const first = {
    settings: [],
    warmupSeconds: 0,
    report: {
      read: estimate(0.09, -0.02, 0.2),
      admitted: null,
      attempts: 0,
      trainedSequences: 0,
      seconds: 3,
    },
  };
  const second = {
    settings: ["warmup.enabled=true", "warmup.steps=16"],
    warmupSeconds: 75,
    report: {
      read: estimate(1, 0.9, 1.1),
      admitted: estimate(0.284, 0, 0.72),
      attempts: 160,
      trainedSequences: 48,
      seconds: 12,
    },
  };
  expect(showProbe([first, second])).toBe(
    `
                read      95 %  admitted    95 %  attempts  trained  step  warm start
as configured    9 %    0–20 %         –       –         0        0   3 s           –
change 1       100 %  90–100 %      28 %  0–72 %       160       48  12 s        1:15
change 1: warmup.enabled=true warmup.steps=16`.slice(1),
  );
});
