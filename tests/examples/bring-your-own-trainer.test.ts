import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { connectTrainer } from "../../src/adapters/grpc/connect.js";
import { trainerSource } from "../../src/adapters/python/source.js";
import { type Sidecar, startSidecar } from "../../src/adapters/sidecar/process.js";
import type { Sample, Trainer } from "../../src/app/ports/trainer.js";
import { warmup } from "../../src/app/training/warmup.js";
import { experiment } from "../support/experiment.js";
import { corpus } from "../support/game.js";
import { describeWithPython, python } from "../support/python.js";

jest.setTimeout(120_000);

const EXAMPLE = "examples/bring-your-own-trainer";

/**
 * Puts the example where Python finds it, as an installer does: its modules, and a folder with its entry points.
 *
 * @returns an interpreter that has the example, beside what the tests' interpreter has
 */
async function installExample(folder: string): Promise<string> {
  const site = join(folder, "site");
  const info = join(site, "bigram_trainer-0.1.0.dist-info");
  await mkdir(info, { recursive: true });
  for (const module of ["bigram_model.py", "bigram_trainer.py"])
    await cp(join(EXAMPLE, module), join(site, module));
  const project = await readFile(join(EXAMPLE, "pyproject.toml"), "utf8");
  const entry = /^bigram = "(.+)"$/m.exec(project)?.[1] ?? "";
  await writeFile(join(info, "METADATA"), "Metadata-Version: 2.1\nName: bigram-trainer\nVersion: 0.1.0\n");
  await writeFile(join(info, "entry_points.txt"), `[spice_trainer.backends]\nbigram = ${entry}\n`);
  const interpreter = join(folder, "python");
  await writeFile(interpreter, `#!/bin/sh\nPYTHONPATH="$PYTHONPATH:${site}" exec "${python}" "$@"\n`);
  await chmod(interpreter, 0o755);
  return interpreter;
}

async function samplesOf(trainer: Trainer, text: string): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const params = { maxTokens: 12, temperature: 1, topP: 1, topK: 0, stopStrings: [] };
  const prompts = [{ prompt: { kind: "text", text } as const, seeds: [1n, 2n, 3n] }];
  for await (const event of trainer.sample({ prompts, params, policyVersion: null, wantLogprobs: true }))
    if (event.kind === "sample") samples.push(event.sample);
  return samples.sort((a, b) => a.sampleIndex - b.sampleIndex);
}

describeWithPython("the trainer in examples/bring-your-own-trainer", () => {
  let folder: string;
  let sidecar: Sidecar;
  let trainer: Trainer;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "spice-example-"));
    sidecar = await startSidecar({
      python: await installExample(folder),
      source: await trainerSource(),
      backend: "bigram",
      logPath: join(folder, "trainer.log"),
      checkpointRoot: join(folder, "checkpoints"),
      environment: process.env,
    });
    const { address, token, lifetime } = sidecar;
    const model = { model: "bigram", seed: 1, lora: null, computeDtype: "auto" } as const;
    const open = { ...model, maxContextTokens: 1024, engine: {} };
    trainer = await connectTrainer({ address, token, lifetime, clientName: "example test", open });
  });
  afterAll(async () => {
    await trainer?.[Symbol.asyncDispose]();
    await sidecar?.stop();
    await rm(folder, { recursive: true });
  });

  test("the warm start of a run lowers its loss and changes what it publishes", async () => {
    const before = await trainer.publish();
    const settings = { enabled: true, steps: 8, documentsPerStep: 2, learningRate: 0.5 };
    const challenger = { ...experiment.challenger, maxTokens: 200 };
    const summary = await warmup(
      trainer,
      corpus,
      { ...experiment, challenger, warmup: settings },
      () => undefined,
      new AbortController().signal,
    );
    expect(summary).toMatchObject({ steps: 8 });
    expect(summary.tokens).toBeGreaterThan(0);
    expect(summary.lastLoss).toBeLessThan(0.9 * summary.firstLoss);
    expect(trainer.step).toBe(8);
    expect((await trainer.publish()).digest).not.toBe(before.digest);
  });

  test("the same seeds give the same samples, and a checkpoint gives the weights back", async () => {
    const published = await trainer.publish();
    const written = await samplesOf(trainer, "Question:");
    expect(new Set(written.map((sample) => sample.text)).size).toBe(3);
    await trainer.save("one");
    await warmup(
      trainer,
      corpus,
      { ...experiment, warmup: { enabled: true, steps: 1, documentsPerStep: 1, learningRate: 0.5 } },
      () => undefined,
      new AbortController().signal,
    );
    expect((await trainer.publish()).digest).not.toBe(published.digest);
    expect((await samplesOf(trainer, "Question:")).map(({ text }) => text)).not.toEqual(
      written.map(({ text }) => text),
    );
    await trainer.load("one");
    expect((await trainer.publish()).digest).toBe(published.digest);
    expect((await samplesOf(trainer, "Question:")).map(({ text }) => text)).toEqual(
      written.map(({ text }) => text),
    );
  });
});
