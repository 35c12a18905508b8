import { join } from "node:path";
import { openCheck, openReward } from "../src/adapters/own-code/open-game.js";
import type { OwnCodeContext } from "../src/adapters/own-code/open-module.js";
import { packageEntries } from "../src/config/package-entries.js";
import type { OwnCheckInput } from "../src/core/admission/own-checks.js";
import type { Task } from "../src/core/records/task.js";

/** What a call of the user's code costs, in microseconds. */
export interface CallCost {
  readonly what: string;
  readonly calls: number;
  readonly median: number;
  readonly p95: number;
}

const context: OwnCodeContext = {
  aliases: packageEntries(),
  callTimeoutMs: 1000,
  waitTimeoutMs: 60_000,
  print: (_, line) => process.stderr.write(`${line}\n`),
};
const example = (name: string) => join("examples", "own-code", name);
const WARM = 500;

/**
 * Calls the reward and the check of examples/own-code one after the other, as a step does. The text
 * of the check has the length of the longest segment of `preset: spice`.
 */
export async function benchOwnCode(calls: number): Promise<readonly CallCost[]> {
  const reward = await openReward({ module: example("reward.ts"), options: {} }, context);
  const check = await openCheck({ module: example("check.ts"), options: {}, severity: "refuse" }, 0, context);
  const counts = { blind: { correct: 3, graded: 8 }, open: { correct: 0, graded: 0 } };
  const text = "The harbor of Velmora was dredged by Corin Ekman. ".repeat(480);
  try {
    return [
      measure("reward", calls, () => reward.part.reward({ ...counts, task: TASK }, { sigma: 0.1 })),
      measure("check, text of 24,000 characters", calls, () => check.part.run({ ...INPUT, text })),
    ];
  } finally {
    await reward.worker[Symbol.asyncDispose]();
    await check.worker[Symbol.asyncDispose]();
  }
}

function measure(what: string, calls: number, call: () => unknown): CallCost {
  for (let warm = 0; warm < WARM; warm += 1) call();
  const times = Array.from({ length: calls }, () => {
    const began = process.hrtime.bigint();
    call();
    return Number(process.hrtime.bigint() - began) / 1000;
  }).sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(share * (times.length - 1))] ?? Number.NaN;
  return { what, calls, median: at(0.5), p95: at(0.95) };
}

const TASK: Task = {
  id: "0".repeat(32),
  segmentId: "bench:0-100",
  question: "Who dredged the harbor of Velmora?",
  answer: "Corin Ekman",
  answerType: "string",
  options: [],
  quotes: [],
  shuffled: [],
  evidence: { start: 0, end: 11 },
};
const INPUT: OwnCheckInput = {
  candidate: TASK,
  text: "",
  passage: null,
  evidence: TASK.evidence,
  document: {
    id: "bench",
    title: "Velmora",
    subject: "Velmora",
    kind: "prose",
    language: "en",
    license: "CC0-1.0",
    sourceUri: "bench",
  },
};

/** The costs as lines of text. */
export function renderOwnCode(costs: readonly CallCost[]): string {
  return costs
    .map(
      ({ what, calls, median, p95 }) =>
        `${what}: ${median.toFixed(0)} µs a call (95 %: ${p95.toFixed(0)} µs), ${calls} calls`,
    )
    .join("\n");
}
