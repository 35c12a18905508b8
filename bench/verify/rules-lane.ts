import { verify } from "../../src/core/answers/verify.js";
import type { Lane, Turn } from "../lane.js";
import { type LabelledPair, taskOf } from "./pairs.js";

/** A turn with the seconds of every pair, in order; with several passes, pass after pass. */
export interface PairTurn {
  /** Seconds of one pass. */
  readonly seconds: number;
  readonly peakRssBytes: number;
  readonly pairSeconds: readonly number[];
}

/**
 * Returns a lane with the typed rules in this process. A pass verifies all pairs, so that no pair
 * is verified twice in a row. A turn is `passes` passes, because one pass is too short for timing.
 * Each call is timed separately and parses gold and answer again, as in a run.
 */
export function rulesLane(pairs: readonly LabelledPair[], passes: number): Lane {
  const calls = pairs.map((pair) => ({ task: taskOf(pair), answer: pair.answer }));
  return {
    name: "typed rules",
    facts: { versions: { node: process.versions.node } },
    takeTurn: async () => {
      const pairSeconds = new Float64Array(calls.length * passes);
      let at = 0;
      const began = process.hrtime.bigint();
      for (let pass = 0; pass < passes; pass += 1) {
        for (const { task, answer } of calls) {
          const started = process.hrtime.bigint();
          verify(task, answer);
          pairSeconds[at] = Number(process.hrtime.bigint() - started) / 1e9;
          at += 1;
        }
      }
      const seconds = Number(process.hrtime.bigint() - began) / 1e9 / passes;
      const turn: PairTurn = {
        seconds,
        peakRssBytes: process.memoryUsage.rss(),
        pairSeconds: [...pairSeconds],
      };
      return turn as unknown as Turn;
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}
