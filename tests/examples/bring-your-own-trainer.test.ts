import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { connectTrainer } from "../../src/adapters/grpc/connect.js";
import { trainerSource } from "../../src/adapters/python/source.js";
import { type Sidecar, startSidecar } from "../../src/adapters/sidecar/process.js";
import type { Trainer } from "../../src/app/ports/trainer.js";
import { train } from "../../src/app/training/train.js";
import { warmup, warmupReport } from "../../src/app/training/warmup.js";
import { WarmupMaterial } from "../../src/app/training/warmup-material.js";
import { resolveConfig } from "../../src/config/resolve.js";
import { installExample } from "../support/example-trainer.js";
import { corpus } from "../support/game.js";
import { MemoryRunStore, sha256, silentLogger, silentSink, stoppedClock } from "../support/memory.js";
import { describeWithPython, python } from "../support/python.js";

jest.setTimeout(240_000);

const EXAMPLE = "examples/bring-your-own-trainer";

/** The experiment that the example's configuration describes. */
async function exampleExperiment() {
  const file = resolve(EXAMPLE, "bigram.yaml");
  const { experiment } = await resolveConfig({ folder: ".", file, overrides: [] });
  return experiment;
}

/** Keeps also what the audit event of the warm start says. */
class AuditedStore extends MemoryRunStore {
  warmStart: Readonly<Record<string, unknown>> = {};

  override async audit(event: string, data: Readonly<Record<string, unknown>> = {}): Promise<void> {
    if (event === "warmup") this.warmStart = data;
    await super.audit(event);
  }
}

/** Texts of three samples with fixed seeds, in the order of the seeds. */
async function textsOf(trainer: Trainer): Promise<readonly string[]> {
  const texts: string[] = [];
  const params = { maxTokens: 12, temperature: 1, topP: 1, topK: 0, stopStrings: [] };
  const prompts = [{ prompt: { kind: "text", text: "Question:" } as const, seeds: [1n, 2n, 3n] }];
  for await (const event of trainer.sample({ prompts, params, policyVersion: null, wantLogprobs: true }))
    if (event.kind === "sample") texts[event.sample.sampleIndex] = event.sample.text;
  return texts;
}

describeWithPython("the trainer in examples/bring-your-own-trainer", () => {
  let folder: string;
  let sidecar: Sidecar;
  let trainer: Trainer;
  beforeAll(async () => {
    const { model, seed, trainer: config } = await exampleExperiment();
    folder = await mkdtemp(join(tmpdir(), "spice-example-"));
    sidecar = await startSidecar({
      python: await installExample("bring-your-own-trainer", python ?? "", folder),
      source: await trainerSource(),
      backend: config.kind,
      logPath: join(folder, "trainer.log"),
      checkpointRoot: join(folder, "checkpoints"),
      environment: process.env,
    });
    const { address, token, lifetime } = sidecar;
    const open = { ...model, model: model.id, seed, engine: config.engine };
    trainer = await connectTrainer({ address, token, lifetime, clientName: "example test", open });
  });
  afterAll(async () => {
    await trainer?.[Symbol.asyncDispose]();
    await sidecar?.stop();
    await rm(folder, { recursive: true });
  });

  test("a run with its configuration trains the warm start, plays its steps, and saves", async () => {
    const before = await trainer.publish();
    const store = new AuditedStore();
    const summary = await train(
      {
        experiment: await exampleExperiment(),
        trainer,
        corpus,
        store,
        sink: silentSink,
        telemetry: { drain: async () => ({}) },
        clock: stoppedClock,
        logger: silentLogger,
        hash: sha256,
      },
      { signal: new AbortController().signal, stopRequested: () => false },
    );
    expect(summary).toMatchObject({ steps: 2, finished: true });
    expect(summary.policyDigest).not.toBe(before.digest);
    expect(summary.checkpoint).not.toBeNull();
    expect(store.warmStart["tokens"]).toBeGreaterThan(0);
    expect(store.warmStart["lastLoss"]).toBeLessThan(0.8 * Number(store.warmStart["firstLoss"]));
    expect(store.commits.map(({ episodes }) => episodes.length)).toEqual([2, 2]);
  });

  test("a loaded checkpoint gives the saved weights back, and with them the same texts for the same seeds", async () => {
    const experiment = await exampleExperiment();
    const texts = await textsOf(trainer);
    const { digest } = await trainer.publish();
    await trainer.save("saved");
    const settings = { ...experiment.warmup, steps: 1, learningRate: 1 };
    const more = { ...experiment, warmup: settings };
    const material = await WarmupMaterial.open(more, corpus, [], sha256);
    await warmup(
      trainer,
      material,
      more,
      warmupReport({ progress: () => undefined }),
      new AbortController().signal,
    );
    expect((await trainer.publish()).digest).not.toBe(digest);
    expect(await textsOf(trainer)).not.toEqual(texts);
    await trainer.load("saved");
    expect((await trainer.publish()).digest).toBe(digest);
    expect(await textsOf(trainer)).toEqual(texts);
  });
});
