import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Status } from "nice-grpc-common";
import { linkedController, sleep } from "../../../src/adapters/grpc/abort.js";
import { openChannel } from "../../../src/adapters/grpc/channel.js";
import { fromStatus, TrainerError } from "../../../src/adapters/grpc/errors.js";
import { SampleGate } from "../../../src/adapters/grpc/gate.js";
import { lossMessage } from "../../../src/adapters/grpc/loss.js";
import { MissingSamples } from "../../../src/adapters/grpc/missing-samples.js";
import { float32s, int32Rows, int32s, uint32s } from "../../../src/adapters/grpc/ragged.js";
import type { Sample, SampleRequest } from "../../../src/app/ports/trainer.js";
import { ErrorInfo, RetryInfo } from "../../../src/gen/google/rpc/error_details.js";
import { Dtype } from "../../../src/gen/spice/trainer/v1/columns.js";
import { CorrectionPair, RatioBaseline } from "../../../src/gen/spice/trainer/v1/losses.js";
import { LOSS } from "../../contract/fake-trainer.js";
import { failure } from "./failure.js";

describe("typed arrays from the wire", () => {
  test("are copies, right at every offset of the message they came in", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
        fc.nat(7),
        (values, offset) => {
          const message = new Uint8Array(offset + values.length * 4);
          message.set(new Uint8Array(Int32Array.from(values).buffer), offset);
          const read = int32s(message.subarray(offset));
          message.fill(0);
          return values.every((value, index) => read[index] === value) && read.length === values.length;
        },
      ),
    );
    expect([...uint32s(Uint8Array.of(255, 255, 255, 255))]).toEqual([2 ** 32 - 1]);
    expect([...float32s(new Uint8Array(Float32Array.of(-0.5).buffer))]).toEqual([-0.5]);
    expect(() => int32s(new Uint8Array(3))).toThrow(RangeError);
  });

  test("rows follow their offsets, and offsets that lie are refused", () => {
    const bytes = (array: Int32Array | Uint32Array) => new Uint8Array(array.buffer);
    const ragged = (offsets: readonly number[]) => ({
      dtype: Dtype.INT32,
      data: bytes(Int32Array.of(1, 2, 3)),
      offsets: bytes(Uint32Array.from(offsets)),
      trailingShape: [],
    });
    expect(int32Rows(ragged([0, 2, 2, 3])).map((row) => [...row])).toEqual([[1, 2], [], [3]]);
    for (const wrong of [
      [0, 2],
      [1, 3],
      [0, 4],
    ])
      expect(() => int32Rows(ragged(wrong))).toThrow(RangeError);
    expect(() => int32Rows(undefined)).toThrow(RangeError);
  });
});

describe("failures", () => {
  test("carry the trainer's reason, hint and facts; unknown details are left alone", () => {
    const info = {
      domain: "spice.trainer",
      reason: "CONTEXT_OVERFLOW",
      metadata: { hint: "shorten it", category: "user", retryable: "true", actual: "9" },
    };
    const status = {
      code: Status.OUT_OF_RANGE,
      message: "too long",
      details: [
        { typeUrl: "type.googleapis.com/google.rpc.ErrorInfo", value: ErrorInfo.encode(info).finish() },
        {
          typeUrl: "type.googleapis.com/google.rpc.RetryInfo",
          value: RetryInfo.encode({ retryDelay: { seconds: 1n, nanos: 500_000_000 } }).finish(),
        },
        { typeUrl: "type.googleapis.com/other", value: new Uint8Array([1, 2]) },
      ],
    };
    const read = fromStatus(status);
    expect(read).toMatchObject({
      reason: "CONTEXT_OVERFLOW",
      retryable: true,
      retryAfterMs: 1500,
      facts: { actual: "9" },
    });
    const error = new TrainerError(read, "Service/Method");
    expect(error).toMatchObject({
      code: "TRAINER_CONTEXT_OVERFLOW",
      message: "Too long.",
      hint: "Shorten it.",
      exit: 2,
      boundary: "trainer",
    });
    expect(new TrainerError(failure({ code: Status.DATA_LOSS, message: "" }), "m")).toMatchObject({
      exit: 5,
      message: "The trainer gave no reason.",
    });
  });
});

describe("addresses", () => {
  test.each([
    "example.org:80",
    "10.0.0.1:5000",
    "127.0.0.1",
    "127.0.0.1:0",
    "127.0.0.1:70000",
    "unix:relative",
    "http://127.0.0.1:1",
    "",
  ])("%j is refused with a way out", (address) => {
    let refused: unknown = null;
    try {
      openChannel(address, null);
    } catch (error) {
      refused = error;
    }
    expect(refused).toMatchObject({ code: "TRAINER_ADDRESS", exit: 2 });
  });

  test.each(["127.0.0.1:5000", "localhost:5000", "[::1]:5000", "unix:///tmp/trainer.sock"])(
    "%s is taken",
    (address) => {
      openChannel(address, null).close();
    },
  );
});

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

describe("missing samples", () => {
  const prompt = { kind: "text" as const, text: "" };
  const whole: SampleRequest = {
    prompts: [
      { prompt, seeds: [1n, 2n] },
      { prompt, seeds: [3n] },
      { prompt, seeds: [4n, 5n] },
    ],
    params: { maxTokens: 1, temperature: 1, topP: 1, topK: 0, stopStrings: [] },
    policyVersion: null,
    wantLogprobs: false,
  };
  const sample = (promptIndex: number, sampleIndex: number) => ({ promptIndex, sampleIndex }) as Sample;

  test("are asked for with their own seeds, pinned to the version, and find their way back", () => {
    const missing = new MissingSamples(whole);
    for (const one of [sample(0, 0), sample(1, 0), sample(2, 1)]) missing.remove(one);
    const { request, original } = missing.request(7);
    expect(request).toMatchObject({ policyVersion: 7, prompts: [{ seeds: [2n] }, { seeds: [4n] }] });
    expect(original(sample(0, 0))).toMatchObject({ promptIndex: 0, sampleIndex: 1 });
    expect(original(sample(1, 0))).toMatchObject({ promptIndex: 2, sampleIndex: 0 });
    expect(() => original(sample(2, 0))).toThrow("not asked for");
    expect(missing.count).toBe(2);
  });
});

describe("the loss on the wire", () => {
  test("names the pair of the correction after the baseline", () => {
    const pairOf = (changes: Partial<typeof LOSS>) => {
      const { kind } = lossMessage({ ...LOSS, ...changes });
      return kind?.$case === "policyGradient" ? kind.value.correction?.pair : null;
    };
    expect(pairOf({})).toBe(CorrectionPair.CURRENT_OVER_BEHAVIOUR);
    expect(pairOf({ ratioBaseline: "old" })).toBe(CorrectionPair.OLD_OVER_BEHAVIOUR);
    expect(pairOf({ correction: "none" })).toBe(CorrectionPair.UNSPECIFIED);
    const plain = lossMessage({ ...LOSS, surrogate: "plain", ratio: "none" }).kind;
    expect(plain).toMatchObject({
      value: { surrogate: { $case: "plain" }, ratioBaseline: RatioBaseline.UNSPECIFIED },
    });
  });
});
