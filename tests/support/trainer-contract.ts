import { expect, test } from "@jest/globals";
import type { PromptSpec, Sample, SampleEvent, TrainBatch, Trainer } from "../../src/app/ports/trainer.js";
import type { OptimSpec } from "../../src/core/records/loss.js";

const optim: OptimSpec = {
  learningRate: 0.1,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0,
  maxGradNorm: 1,
  resetMoments: false,
};

const text = (content: string, ...seeds: readonly bigint[]): PromptSpec => ({
  prompt: { kind: "text", text: content },
  seeds,
});

async function eventsOf(
  trainer: Trainer,
  prompts: readonly PromptSpec[],
  wantLogprobs = true,
  signal?: AbortSignal,
): Promise<SampleEvent[]> {
  const params = { maxTokens: 16, temperature: 1, topP: 1, topK: 0, stopStrings: [] };
  const events: SampleEvent[] = [];
  for await (const event of trainer.sample({ prompts, params, policyVersion: null, wantLogprobs }, signal))
    events.push(event);
  return events;
}

const samplesIn = (events: readonly SampleEvent[]): Sample[] =>
  events.flatMap((event) => (event.kind === "sample" ? [event.sample] : []));

/** A batch that makes every second of four samples more likely. */
async function batchFor(trainer: Trainer): Promise<TrainBatch> {
  const events = await eventsOf(trainer, [text("train on this", 1n, 2n, 3n, 4n)]);
  const [started] = events;
  if (started?.kind !== "started") throw new Error("sampling starts with what it was asked");
  return {
    prompts: started.promptIds,
    loss: { kind: "cross_entropy" },
    normalizer: 64,
    sequences: samplesIn(events).map(({ tokenIds }, index) => ({
      promptRef: 0,
      completionIds: tokenIds,
      weights: new Float32Array(tokenIds.length).fill(index % 2),
      advantages: new Float32Array(tokenIds.length).fill(1),
      behaviorLogprobs: null,
      temperature: 1,
      role: "warmup",
      groupId: "g",
      sampleId: String(index),
    })),
  };
}

/**
 * What the use cases need of every trainer. A real sidecar behind gRPC and the scripted trainer of
 * the tests pass the same tests, so that a test on the scripted one says something about runs. The
 * conformance kit asks far more.
 *
 * @param open a trainer, disposed at the end of the test; its steps may have begun before
 */
export function trainerContract(open: () => Promise<Trainer>): void {
  test("sampling says what it was asked, then each sample once, then what it took", async () => {
    await using trainer = await open();
    await trainer.publish();
    const asked = [text("hello wörld", 1n, 2n), text("x", 3n)];
    const events = await eventsOf(trainer, asked);
    const samples = samplesIn(events);
    expect(events.map((event) => event.kind)).toEqual(["started", "sample", "sample", "sample", "done"]);
    expect(samples.map((one) => `${one.promptIndex}/${one.sampleIndex}`).sort()).toEqual([
      "0/0",
      "0/1",
      "1/0",
    ]);
    const tokens = samples.reduce((sum, one) => sum + one.tokenIds.length, 0);
    expect(tokens).toBeGreaterThan(0);
    expect(events.at(-1)).toMatchObject({ kind: "done", completionTokens: tokens });
    const promptIds = events[0]?.kind === "started" ? events[0].promptIds : [];
    expect(promptIds).toEqual(await trainer.tokenize(asked.map((one) => one.prompt)));
  });

  test("samples are of the version that was published last, with log-probabilities where they are wanted", async () => {
    await using trainer = await open();
    const { version } = await trainer.publish();
    const told = await eventsOf(trainer, [text("a", 1n)], true);
    expect(told[0]).toMatchObject({ kind: "started", policyVersion: version });
    const [sample] = samplesIn(told);
    expect(sample?.policyVersion).toBe(version);
    expect(sample?.logprobs).toHaveLength(sample?.tokenIds.length ?? -1);
    expect(samplesIn(await eventsOf(trainer, [text("a", 1n)], false))[0]?.logprobs).toBeNull();
  });

  test("a seed decides its sample, alone or among others", async () => {
    await using trainer = await open();
    await trainer.publish();
    const among = samplesIn(await eventsOf(trainer, [text("b", 5n), text("a", 7n, 8n, 9n)]));
    const alone = samplesIn(await eventsOf(trainer, [text("a", 8n)]));
    const twin = among.find((one) => one.promptIndex === 1 && one.sampleIndex === 1);
    expect(alone[0]?.tokenIds).toEqual(twin?.tokenIds);
    expect(alone[0]?.text).toBe(twin?.text);
    expect(new Set(among.map((one) => one.text)).size).toBeGreaterThan(1);
  });

  test("sampling that is aborted rejects with the reason", async () => {
    await using trainer = await open();
    await trainer.publish();
    const stop = new AbortController();
    stop.abort(new Error("stopped by the user"));
    await expect(eventsOf(trainer, [text("a", 1n)], true, stop.signal)).rejects.toThrow(
      "stopped by the user",
    );
  });

  test("a step moves the weights and counts", async () => {
    await using trainer = await open();
    const from = trainer.step;
    const first = await trainer.publish();
    expect(first.parentStep).toBe(from);
    const batch = await batchFor(trainer);
    expect(await trainer.trainStep(batch, optim)).toMatchObject({
      step: from + 1,
      nonFinite: false,
      skipped: false,
    });
    expect(trainer.step).toBe(from + 1);
    const second = await trainer.publish();
    expect(second).toMatchObject({ version: first.version + 1, parentStep: from + 1 });
    expect(second.digest).not.toBe(first.digest);
  });

  test("a publish without a step is another version of the same weights", async () => {
    await using trainer = await open();
    const [first, second] = [await trainer.publish(), await trainer.publish()];
    expect(second.version).toBe(first.version + 1);
    expect(second.digest).toBe(first.digest);
  });

  test("scores are of the training weights: one for each token, others after a step", async () => {
    await using trainer = await open();
    await trainer.publish();
    const batch = await batchFor(trainer);
    const before = await trainer.score(batch);
    expect(before.map((one) => one.length)).toEqual(batch.sequences.map((one) => one.completionIds.length));
    expect(before.every((one) => one.every((value) => value <= 0))).toBe(true);
    await trainer.trainStep(batch, optim);
    expect(await trainer.score(batch)).not.toEqual(before);
  });

  test("what was saved is loaded: weights, step, and the same description", async () => {
    await using trainer = await open();
    await trainer.publish();
    const batch = await batchFor(trainer);
    await trainer.trainStep(batch, optim);
    const { step } = trainer;
    const [at, saved] = [await trainer.publish(), await trainer.save("000001")];
    expect(saved).toMatchObject({ path: "000001", step });
    await trainer.trainStep(batch, optim);
    expect((await trainer.publish()).digest).not.toBe(at.digest);
    expect(await trainer.load("000001")).toEqual(saved);
    expect(trainer.step).toBe(step);
    expect((await trainer.publish()).digest).toBe(at.digest);
  });

  test("a checkpoint that nobody saved is unknown, by its code", async () => {
    await using trainer = await open();
    const from = trainer.step;
    await expect(trainer.load("000009")).rejects.toMatchObject({ code: "TRAINER_CHECKPOINT_UNKNOWN" });
    expect(trainer.step).toBe(from);
  });

  test("supervised completions have tokens, the longer text more", async () => {
    await using trainer = await open();
    const [short, long] = await trainer.encodeCompletions(["a", "a and much more"]);
    expect(short?.length).toBeGreaterThan(0);
    expect(long?.length).toBeGreaterThan(short?.length ?? 0);
  });
}
