import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { AskedTasks } from "../../src/core/admission/repeats/asked-tasks.js";
import { keyed } from "../../src/core/random/rng.js";
import type { Task } from "../../src/core/records/task.js";
import { countingConfig } from "./measure.js";

/** RAM of `tasks` asked tasks, and cost of one comparison with them. */
export interface MemoryCost {
  readonly tasks: number;
  readonly megabytes: number;
  readonly screenMicroseconds: number;
}

const LETTERS = "abcdefghijklmnopqrstuvwxyz";

/**
 * Fills the asked tasks with different questions of about twelve words, and measures the heap
 * before and after.
 */
export function measureMemory(tasks: number): MemoryCost {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const rng = keyed("gate", "memory");
  const word = () => Array.from({ length: 3 + rng.int(6) }, () => LETTERS[rng.int(26)]).join("");
  const vocabulary = Array.from({ length: 5000 }, word);
  const make = (index: number): Task => ({
    question: `What is the ${rng.pick(vocabulary)} ${rng.pick(vocabulary)} of the ${rng.pick(vocabulary)} ${rng.pick(vocabulary)} in ${rng.pick(vocabulary)} ${index}?`,
    answer: `${rng.pick(vocabulary)} ${rng.pick(vocabulary)}`,
    ...{ answerType: "string", options: [], quotes: [], shuffled: [], evidence: { start: 0, end: 0 } },
    ...{ id: String(index), segmentId: `${index % 20_000}:0-1` },
  });
  const config = {
    ...countingConfig(),
    caps: { check: "count" as const, stepsPerDocument: 1, stepsPerAnswer: 1 },
  };
  const memory = new AskedTasks(config);
  collect();
  const before = used();
  for (let index = 0; index < tasks; index += 1) memory.remember([make(index)]);
  collect();
  const megabytes = (used() - before) / 1e6;
  const probes = Array.from({ length: 2000 }, (_, index) => make(tasks + index));
  const began = process.cpuUsage();
  for (const probe of probes) memory.screen(probe);
  const { user, system } = process.cpuUsage(began);
  return { tasks, megabytes, screenMicroseconds: (user + system) / probes.length };
}

function used(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
