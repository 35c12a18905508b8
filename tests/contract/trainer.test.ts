import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { connectTrainer, identifyTrainer } from "../../src/adapters/grpc/connect.js";
import { openEventStream, type TrainerEvent } from "../../src/adapters/trainer-events/events.js";
import { SpiceError } from "../../src/app/errors.js";
import { describeWithPython } from "../support/python.js";
import { batchOf, type FakeTrainer, OPTIM, pickSamples, startFake, text } from "./fake-trainer.js";

jest.setTimeout(60_000);

const failure = async (promise: Promise<unknown>): Promise<SpiceError> => {
  const error = await promise.then(
    () => null,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(SpiceError);
  return error as SpiceError;
};

describeWithPython("the gRPC client against a real sidecar", () => {
  let fake: FakeTrainer;
  beforeAll(async () => {
    fake = await startFake();
  });
  afterAll(async () => {
    await fake[Symbol.asyncDispose]();
  });

  test("says who answers, and connects through a proxy that is set but not meant", async () => {
    const { address, token } = fake.sidecar;
    expect(await identifyTrainer(address, token, new AbortController().signal)).toMatchObject({
      protocol: "spice.trainer.v1",
      backend: "fake",
    });
    await using trainer = await fake.connect();
    expect(trainer.capabilities).toMatchObject({ backend: "fake", seedSupport: "bitwise" });
    expect(trainer.model.parameters).toBeGreaterThan(0);
    expect(trainer.step).toBeGreaterThanOrEqual(0);
  });

  test("refuses a wrong token, and an address where nobody listens, each with what to do", async () => {
    const open = {
      model: "fake",
      seed: 1,
      lora: null,
      computeDtype: "auto",
      maxContextTokens: 64,
      engine: {},
    } as const;
    const wrong = await failure(
      connectTrainer({ address: fake.sidecar.address, token: "no", open, clientName: "" }),
    );
    expect(wrong).toMatchObject({ code: "TRAINER_TOKEN", exit: 3, boundary: "trainer" });
    const nobody = await failure(
      connectTrainer({ address: "127.0.0.1:1", token: "no", open, clientName: "" }),
    );
    expect(nobody).toMatchObject({ code: "TRAINER_UNREACHABLE", exit: 3 });
    expect(nobody.hint).toContain("spice trainer serve");
  });

  test("samples carry ids, log-probabilities and version, and seeds repeat them alone or among others", async () => {
    await using trainer = await fake.connect();
    const seeds = [1n, 2n, 2n ** 64n - 1n];
    const { samples, promptIds } = await pickSamples(trainer, [text("hello wörld", ...seeds), text("x", 9n)]);
    expect(samples).toHaveLength(4);
    expect(promptIds.map((ids) => [...ids])).toEqual(
      (
        await trainer.tokenize([
          { kind: "text", text: "hello wörld" },
          { kind: "text", text: "x" },
        ])
      ).map((ids) => [...ids]),
    );
    for (const sample of samples) {
      expect(sample.logprobs).toHaveLength(sample.tokenIds.length);
      expect(sample.logprobs?.every((value) => value <= 0)).toBe(true);
      expect(sample.tokenIds.byteOffset % 4).toBe(0);
    }
    const alone = await pickSamples(trainer, [text("hello wörld", 2n)]);
    const twin = samples.find((one) => one.promptIndex === 0 && one.sampleIndex === 1);
    expect([...(alone.samples[0]?.tokenIds ?? [])]).toEqual([...(twin?.tokenIds ?? [])]);
  });

  test("trains, publishes, saves and goes back, and equal weights have equal digests", async () => {
    await using trainer = await fake.connect();
    const { samples, promptIds } = await pickSamples(trainer, [text("train on this", 1n, 2n, 3n, 4n)]);
    const batch = batchOf(samples, promptIds);
    const before = trainer.step;
    const first = await trainer.publish();
    const outcome = await trainer.trainStep(batch, OPTIM);
    expect(outcome).toMatchObject({ step: before + 1, nonFinite: false, skipped: false });
    expect(outcome.stats["all"]?.["logprobGapMax"]).toBeLessThan(1e-4);
    expect(Object.keys(outcome.stats)).toEqual(["all", "challenger"]);
    expect(trainer.step).toBe(before + 1);
    const moved = await trainer.publish();
    expect(moved.digest).not.toBe(first.digest);
    const saved = await trainer.save("one");
    await trainer.trainStep(batch, OPTIM);
    expect((await trainer.publish()).digest).not.toBe(moved.digest);
    expect(await trainer.load("one")).toEqual(saved);
    expect(trainer.step).toBe(before + 1);
    expect((await trainer.publish()).digest).toBe(moved.digest);
  });

  test("refused verbs consume nothing: the next one goes through", async () => {
    await using trainer = await fake.connect();
    const { samples, promptIds } = await pickSamples(trainer, [text("a", 1n, 2n)]);
    const batch = batchOf(samples, promptIds);
    expect(await failure(trainer.trainStep({ ...batch, normalizer: Number.NaN }, OPTIM))).toMatchObject({
      exit: 2,
    });
    const [sequence] = batch.sequences;
    if (sequence === undefined) throw new Error("a batch has sequences");
    const holed = { ...sequence, weights: sequence.weights.map(() => Number.NaN) };
    expect(await failure(trainer.trainStep({ ...batch, sequences: [holed] }, OPTIM))).toMatchObject({
      exit: 2,
    });
    expect(await failure(trainer.load("nowhere"))).toMatchObject({ code: "TRAINER_CHECKPOINT_UNKNOWN" });
    expect(await failure(trainer.load("../outside"))).toMatchObject({ exit: 2 });
    expect((await trainer.trainStep(batch, OPTIM)).skipped).toBe(false);
  });

  test("a step that is left is cancelled between micro-batches: no weights move, the same step can be taken", async () => {
    await using slow = await startFake();
    await using trainer = await slow.connect({ script: "none", sequence_seconds: 0.1, microbatch_tokens: 1 });
    const { samples, promptIds } = await pickSamples(trainer, [text("a", 1n, 2n, 3n, 4n)]);
    const batch = batchOf(samples, promptIds);
    const before = await trainer.publish();
    const many = { ...batch, sequences: Array.from({ length: 300 }, () => batch.sequences).flat() };
    const leave = new AbortController();
    const left = failure(trainer.trainStep(many, OPTIM, leave.signal));
    setTimeout(
      () => leave.abort(new SpiceError("enough", { code: "ENOUGH", boundary: "cli", hint: "", exit: 130 })),
      2500,
    );
    expect(await left).toMatchObject({ code: "ENOUGH" });
    expect((await trainer.publish()).digest).toBe(before.digest);
    expect((await trainer.trainStep(batch, OPTIM)).skipped).toBe(false);
    expect(trainer.step).toBe(1);
  });

  test("a batch larger than a message arrives in chunks", async () => {
    await using trainer = await fake.connect();
    const long = Int32Array.from({ length: 4000 }, (_, index) => index % 250);
    const row = (value: number) => new Float32Array(4000).fill(value);
    const sequences = Array.from({ length: 60 }, (_, index) => ({
      promptRef: 0,
      completionIds: long,
      weights: row(1),
      advantages: row(index % 2 ? 1 : -1),
      behaviorLogprobs: row(-5),
      temperature: 1,
      role: "reasoner" as const,
      groupId: "g",
      sampleId: `${index}`,
    }));
    const batch = { ...batchOf([], [Int32Array.of(1)]), sequences, normalizer: 240_000 };
    expect((await trainer.trainStep(batch, OPTIM)).stats["reasoner"]?.["tokens"]).toBe(240_000);
  });

  test("leaving the loop, or aborting, ends generation at once", async () => {
    await using slow = await startFake();
    await using trainer = await slow.connect({ sample_seconds: 20 });
    const params = { maxTokens: 8, temperature: 1, topP: 1, topK: 0, stopStrings: [] };
    const request = { prompts: [text("slow", 1n)], params, policyVersion: null, wantLogprobs: false };
    const began = performance.now();
    for await (const event of trainer.sample(request)) if (event.kind === "started") break;
    const stop = new AbortController();
    setTimeout(() => stop.abort(new SpiceError("enough", { code: "TEST", boundary: "cli", hint: "" })), 300);
    const waiting = (async () => {
      for await (const event of trainer.sample(request, stop.signal)) if (event.kind === "done") return;
    })();
    expect(await failure(waiting)).toMatchObject({ code: "TEST" });
    expect(performance.now() - began).toBeLessThan(5000);
  });

  test("a second controller is refused while the first one lives", async () => {
    await using _first = await fake.connect();
    expect(await failure(fake.connect())).toMatchObject({ code: "TRAINER_SESSION_BUSY", exit: 3 });
  });

  test("undeclared engine settings are refused by name", async () => {
    await using other = await startFake();
    expect((await failure(other.connect({ warp: 9 }))).message).toContain("warp");
  });
});

describeWithPython("a sidecar that fails", () => {
  test("lost samples are asked for again, alone: the result is the same", async () => {
    await using steady = await startFake();
    await using shaky = await startFake();
    const prompts = [text("one", 1n, 2n, 3n), text("two", 4n, 5n)];
    const key = (samples: Awaited<ReturnType<typeof pickSamples>>["samples"]) =>
      samples.map((one) => `${one.promptIndex}/${one.sampleIndex} ${one.tokenIds}`).sort();
    await using a = await steady.connect();
    await using b = await shaky.connect({ script: "none", fail_at: { sample: 2 } });
    expect(key((await pickSamples(b, prompts)).samples)).toEqual(
      key((await pickSamples(a, prompts)).samples),
    );
  });

  test("death in mid-work rejects with the process's own last words, and disposal does not hang", async () => {
    await using fake = await startFake();
    const trainer = await fake.connect({ die_after: { publish: 1 } });
    const error = await failure(trainer.publish());
    expect(error).toMatchObject({ code: "SIDECAR_EXITED", exit: 3 });
    expect(error.message).toContain("86");
    await trainer[Symbol.asyncDispose]();
  });

  test("a gradient that is not finite is data, not an error, and moves nothing", async () => {
    await using fake = await startFake();
    await using trainer = await fake.connect({ script: "none", non_finite_at: 1 });
    const before = await trainer.publish();
    const { samples, promptIds } = await pickSamples(trainer, [text("a", 1n, 2n)]);
    expect(await trainer.trainStep(batchOf(samples, promptIds), OPTIM)).toMatchObject({
      nonFinite: true,
      skipped: true,
    });
    expect((await trainer.publish()).digest).toBe(before.digest);
  });
});

describeWithPython("the event stream of a real sidecar", () => {
  test("brings lifecycle, progress and numbers, and closes while a receive is pending", async () => {
    const events: TrainerEvent[] = [];
    const stream = await openEventStream((event) => events.push(event));
    {
      await using fake = await startFake(stream.address);
      await using trainer = await fake.connect();
      await pickSamples(trainer, [text("a", 1n)]);
      await trainer.publish();
      for (
        let wait = 0;
        wait < 50 && !events.some((one) => one.kind === "lifecycle" && one.phase === "model_loaded");
        wait += 1
      ) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    expect(events).toContainEqual(expect.objectContaining({ kind: "lifecycle", phase: "model_loaded" }));
    const numbers = await stream.drain(null, new AbortController().signal);
    expect(numbers["trainer.sample.samples"]).toBe(1);
    expect(numbers["trainer.publish.policy_version"]).toBe(1);
    expect(await stream.drain(null, new AbortController().signal)).toEqual({});
    await stream[Symbol.asyncDispose]();
  });
});

test("batch digests are what columns.proto says", async () => {
  const { batchDigest, encodeBatch } = await import("../../src/adapters/grpc/columns.js");
  const sample = {
    promptIndex: 0,
    sampleIndex: 0,
    tokenIds: Int32Array.of(7, 8),
    logprobs: Float32Array.of(-1, -2),
    text: "",
    reason: "length",
    policyVersion: 0,
  } as const;
  const columns = encodeBatch(batchOf([sample], [Int32Array.of(5)]));
  expect(columns.length).toBeGreaterThan(5);
  const hash = createHash("sha256");
  for (const { column, dtype, data, offsets } of columns) {
    const head = Buffer.alloc(16);
    head.writeUInt32LE(column, 0);
    head.writeUInt32LE(dtype, 4);
    head.writeBigUInt64LE(BigInt(offsets?.length ?? 0), 8);
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(data.length));
    hash.update(Buffer.concat([head, offsets ?? Buffer.alloc(0), size, data]));
  }
  expect(Buffer.from(batchDigest(columns.toReversed())).toString("hex")).toBe(hash.digest("hex"));
});
