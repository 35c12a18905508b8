import { describe, expect, test } from "@jest/globals";
import { linkedController, sleep } from "../../../src/adapters/grpc/abort.js";

describe("abort signals", () => {
  test("a linked controller aborts with the first one's reason and leaves no listener behind", () => {
    const [a, b] = [new AbortController(), new AbortController()];
    const linked = linkedController(a.signal, undefined, b.signal);
    b.abort("reason");
    expect(linked.signal.reason).toBe("reason");
    const free = linkedController(a.signal);
    free[Symbol.dispose]();
    a.abort("late");
    expect(free.signal.aborted).toBe(false);
    expect(linkedController(a.signal).signal.reason).toBe("late");
  });

  test("a sleep ends early when it is aborted", async () => {
    const stop = new AbortController();
    const sleeping = sleep(60_000, stop.signal);
    stop.abort(new Error("enough"));
    await expect(sleeping).rejects.toThrow("enough");
    await expect(sleep(60_000, stop.signal)).rejects.toThrow("enough");
    await expect(sleep(1, new AbortController().signal)).resolves.toBeUndefined();
  });
});
