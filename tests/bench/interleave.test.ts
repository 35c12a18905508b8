import { expect, test } from "@jest/globals";
import { interleave, median } from "../../bench/interleave.js";
import type { Lane } from "../../bench/lane.js";
import { summarize } from "../../bench/summary.js";

function lane(name: string, seconds: readonly number[], order: string[]): Lane {
  let turn = 0;
  return {
    name,
    facts: { flops: 2e9, dtype: "float32" },
    takeTurn: async () => {
      order.push(name);
      const took = seconds[turn] ?? 0;
      turn += 1;
      return { seconds: took, peakRssBytes: 2 ** 30 * (name === "ours" ? 1 : 4), gemmFlopsPerSecond: 4e9 };
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

test("lanes take turns and the first round does not count", async () => {
  const order: string[] = [];
  const lanes = [lane("ours", [100, 1, 2, 3], order), lane("peer", [100, 10, 40, 20], order)];
  const [ours, peer] = await interleave(lanes, 3, () => undefined);
  expect(order.join(" ")).toBe("ours peer ours peer ours peer ours peer");
  expect(ours).toMatchObject({ medianSeconds: 2, spread: 3 });
  expect(peer).toMatchObject({ medianSeconds: 20, spread: 4 });
  if (ours === undefined || peer === undefined) throw new Error("two lanes were given");
  expect(summarize({ bench: "b", ours, peer, usefulTokens: 100, machine: "m", notes: [] })).toMatchObject({
    speedup: 10,
    memoryRatio: 0.25,
    usefulTokensPerSecond: 50,
    gemmShare: 0.25,
  });
});

test("the median of an even number of turns lies between the two in the middle", () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
});
