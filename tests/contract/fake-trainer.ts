import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectTrainer } from "../../src/adapters/grpc/connect.js";
import { trainerSource } from "../../src/adapters/python/source.js";
import { type Sidecar, startSidecar } from "../../src/adapters/sidecar/process.js";
import type { OpenOptions, PromptSpec, Sample, TrainBatch, Trainer } from "../../src/app/ports/trainer.js";
import type { OptimSpec, PolicyGradientLoss } from "../../src/core/records/loss.js";
import { python } from "../support/python.js";

/** A real sidecar process with the fake backend. */
export interface FakeTrainer extends AsyncDisposable {
  readonly sidecar: Sidecar;
  readonly folder: string;
  /**
   * A process holds one model: all its sessions need the same settings. Default: samples drawn from
   * the model itself.
   */
  connect(engine?: Readonly<Record<string, unknown>>, changes?: Partial<OpenOptions>): Promise<Trainer>;
}

export async function startFake(eventsAddress?: string): Promise<FakeTrainer> {
  const folder = await mkdtemp(join(tmpdir(), "spice-contract-"));
  const sidecar = await startSidecar({
    python: python ?? "python3",
    source: await trainerSource(),
    backend: "fake",
    logPath: join(folder, "trainer.log"),
    checkpointRoot: join(folder, "checkpoints"),
    // A cluster's proxy must not be asked for 127.0.0.1.
    environment: { ...process.env, http_proxy: "http://127.0.0.1:9", HTTP_PROXY: "http://127.0.0.1:9" },
    ...(eventsAddress === undefined ? {} : { eventsAddress }),
  });
  const { address, token, lifetime } = sidecar;
  return {
    sidecar,
    folder,
    connect: (engine = { script: "none" }, changes = {}) => {
      const open = {
        model: "fake",
        seed: 1,
        lora: null,
        computeDtype: "auto",
        maxContextTokens: 4096,
        engine,
        ...changes,
      } as const;
      return connectTrainer({ address, token, lifetime, open, clientName: "contract test" });
    },
    async [Symbol.asyncDispose]() {
      await sidecar.stop();
      await rm(folder, { recursive: true });
    },
  };
}

export const OPTIM: OptimSpec = {
  learningRate: 0.1,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0,
  maxGradNorm: 1,
  resetMoments: false,
};

export const LOSS: PolicyGradientLoss = {
  kind: "policy_gradient",
  surrogate: "ppo_clip",
  ratio: "token",
  ratioBaseline: "current",
  clipLow: 0.2,
  clipHigh: 0.2,
  dualClip: null,
  correction: "token_truncate",
  correctionLow: 0,
  correctionHigh: 2,
  kl: "none",
  klCoefficient: 0,
  klClamp: null,
  entropyCoefficient: 0,
};

/** Samples of some prompts, drawn from the model itself (engine `script: none`). */
export async function pickSamples(
  trainer: Trainer,
  prompts: readonly PromptSpec[],
  maxTokens = 16,
): Promise<{ samples: Sample[]; promptIds: readonly Int32Array[] }> {
  const samples: Sample[] = [];
  let promptIds: readonly Int32Array[] = [];
  const params = { maxTokens, temperature: 1, topP: 1, topK: 0, stopStrings: [] };
  for await (const event of trainer.sample({ prompts, params, policyVersion: null, wantLogprobs: true })) {
    if (event.kind === "started") promptIds = event.promptIds;
    if (event.kind === "sample") samples.push(event.sample);
  }
  return { samples, promptIds };
}

export const text = (content: string, ...seeds: bigint[]): PromptSpec => ({
  prompt: { kind: "text", text: content },
  seeds,
});

/** A batch that raises the probability of every second sample. */
export function batchOf(samples: readonly Sample[], prompts: readonly Int32Array[]): TrainBatch {
  return {
    prompts,
    loss: LOSS,
    normalizer: samples.length * 16,
    sequences: samples.map((sample, index) => ({
      promptRef: sample.promptIndex,
      completionIds: sample.tokenIds,
      weights: new Float32Array(sample.tokenIds.length).fill(1),
      advantages: new Float32Array(sample.tokenIds.length).fill(index % 2 === 0 ? 1 : -1),
      behaviorLogprobs: sample.logprobs,
      temperature: 1,
      role: "challenger",
      groupId: "group é",
      sampleId: String(index),
    })),
  };
}
