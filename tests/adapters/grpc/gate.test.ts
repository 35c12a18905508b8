import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { SampleGate } from "../../../src/adapters/grpc/gate.js";

describe("the gate of samples in flight", () => {
  const live = new AbortController().signal;

  test("admits in order, as many as fit; a larger request enters alone; who gives up is skipped", async () => {
    const gate = new SampleGate(10);
    const entered: string[] = [];
    const enter = (name: string, count: number, signal = live) =>
      gate.enter(count, signal).then(
        () => entered.push(name),
        () => undefined,
      );
    const stop = new AbortController();
    await enter("a", 6);
    const waiting = [enter("b", 6), enter("c", 1, stop.signal), enter("d", 4), enter("e", 50)];
    await Promise.resolve();
    expect(entered).toEqual(["a"]);
    stop.abort();
    gate.leave(6);
    await Promise.all(waiting.slice(0, 3));
    expect(entered).toEqual(["a", "b", "d"]);
    gate.leave(10);
    await Promise.all(waiting);
    expect(entered).toEqual(["a", "b", "d", "e"]);
  });

  test("never lets more in than fit, whatever the order of comings and goings", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 30 }), async (sizes) => {
        const gate = new SampleGate(8);
        let [inside, most] = [0, 0];
        await Promise.all(
          sizes.map(async (size) => {
            await gate.enter(size, live);
            inside += size;
            most = Math.max(most, inside);
            await Promise.resolve();
            inside -= size;
            gate.leave(size);
          }),
        );
        return most <= 8 && inside === 0;
      }),
    );
  });
});
