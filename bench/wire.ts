import { mkdtemp, readFile, rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { connectTrainer } from "../src/adapters/grpc/connect.js";
import { findInterpreter } from "../src/adapters/install/environments.js";
import { trainerSource } from "../src/adapters/python/source.js";
import { startSidecar } from "../src/adapters/sidecar/process.js";
import type { OpenOptions, SampleRequest, TrainBatch, Trainer } from "../src/app/ports/trainer.js";
import { median } from "./interleave.js";
import { probe } from "./probe.js";

/** An update of the scale of the paper: 8 answers share a prompt. */
const TRAJECTORIES = 128;
const PER_PROMPT = 8;
const PROMPT_TOKENS = 8192;
const COMPLETION_TOKENS = 4096;
const TRAJECTORY_TOKENS = TRAJECTORIES * (PROMPT_TOKENS + COMPLETION_TOKENS);

/**
 * Seconds of a step for comparison: the arithmetic of training half a billion parameters on this
 * batch (6 FLOP for each parameter and token, shared prompts once) at 400 TFLOP/s, a good share of
 * the rate of one current accelerator. Sampling, which usually takes longer, is excluded.
 */
const STEP_SECONDS =
  (6 * 0.5e9 * ((TRAJECTORIES / PER_PROMPT) * PROMPT_TOKENS + TRAJECTORIES * COMPLETION_TOKENS)) / 400e12;

/** Summary at the end of the bench. */
export interface WireSummary {
  readonly schema: "spice-bench-wire/1";
  /** Bytes sent to the trainer during one update, HTTP/2 framing included. */
  readonly bytes: number;
  readonly megabytes: number;
  /**
   * Time from the call of `trainStep` to its answer, median: encoding, digests, transfer, checks,
   * one empty step.
   */
  readonly milliseconds: number;
  readonly fastestMilliseconds: number;
  /** Bytes for each token of a trajectory, prompt or completion. */
  readonly bytesPerToken: number;
  readonly microsecondsPerToken: number;
  /**
   * Processor time of one update. On a machine that is not idle it is more reliable than wall time.
   */
  readonly cpuMilliseconds: { readonly client: number; readonly trainer: number };
  /** Time to receive the same completions with their log-probabilities as a stream, median. */
  readonly sampleMilliseconds: number;
  readonly sampleBytes: number;
  /** Share of a step of `stepSeconds`. */
  readonly share: number;
  readonly stepSeconds: number;
  readonly turns: number;
  readonly machine: string;
  readonly versions: Readonly<Record<string, string>>;
}

/**
 * Measures with a real sidecar process that trains nothing (`sink`). The first turn is a warm-up
 * and does not count.
 */
export async function benchWire(turns: number, onProgress: (line: string) => void): Promise<WireSummary> {
  const folder = await mkdtemp(join(tmpdir(), "spice-wire-"));
  const source = await trainerSource();
  const python = await findInterpreter(source.root, "fake", process.env);
  await using sidecar = await startSidecar({
    ...{ python, source, backend: "sink", environment: process.env },
    logPath: join(folder, "trainer.log"),
  });
  const { token, lifetime } = sidecar;
  const open: OpenOptions = {
    ...{ model: "sink", seed: 1, lora: null, computeDtype: "auto" as const, engine: { script: "none" } },
    maxContextTokens: PROMPT_TOKENS + COMPLETION_TOKENS,
  };
  const dial = (address: string) =>
    connectTrainer({ address, token, lifetime, open, clientName: "wire bench" });
  const batch = paperBatch();
  const [train, sample]: [number[], number[]] = [[], []];
  let versions: Readonly<Record<string, string>>;
  const cpu = { client: 0, trainer: 0 };
  {
    await using trainer = await dial(sidecar.address);
    versions = trainer.capabilities.versions;
    for (let turn = 0; turn <= turns; turn += 1) {
      const before = await cpuSeconds(sidecar.pid);
      train.push(await timed(() => trainOnce(trainer, batch)));
      const after = await cpuSeconds(sidecar.pid);
      if (turn > 0) {
        cpu.client += ((after.client - before.client) * 1000) / turns;
        cpu.trainer += ((after.trainer - before.trainer) * 1000) / turns;
      }
      sample.push(await timed(() => sampleOnce(trainer)));
      onProgress(
        `turn ${turn}: train ${train.at(-1)?.toFixed(0)} ms, sample ${sample.at(-1)?.toFixed(0)} ms`,
      );
    }
  }
  const { bytes, sampleBytes } = await countBytes(sidecar.address, dial, batch);
  await rm(folder, { recursive: true });
  const [counted, back] = [train.slice(1), sample.slice(1)];
  const milliseconds = median(counted);
  return {
    schema: "spice-bench-wire/1",
    bytes,
    megabytes: bytes / 1e6,
    milliseconds,
    fastestMilliseconds: Math.min(...counted),
    cpuMilliseconds: cpu,
    bytesPerToken: bytes / TRAJECTORY_TOKENS,
    microsecondsPerToken: (milliseconds * 1000) / TRAJECTORY_TOKENS,
    sampleMilliseconds: median(back),
    sampleBytes,
    share: milliseconds / 1000 / STEP_SECONDS,
    stepSeconds: STEP_SECONDS,
    turns,
    machine: `${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} threads`,
    versions: { node: process.versions.node, "@grpc/grpc-js": await grpcVersion(), ...versions },
  };
}

/** Returns the summary for people. */
export function renderWire(one: WireSummary): string {
  const row = (name: string, bytes: number, ms: number) =>
    `  ${name.padEnd(28)} ${(bytes / 1e6).toFixed(1).padStart(6)} MB ${ms.toFixed(0).padStart(6)} ms`;
  return [
    `wire: ${TRAJECTORIES} trajectories of ${PROMPT_TOKENS} + ${COMPLETION_TOKENS} tokens, ${PER_PROMPT} share a prompt (${one.machine})`,
    row("TrainStep, to the trainer", one.bytes, one.milliseconds),
    row("Sample, from the trainer", one.sampleBytes, one.sampleMilliseconds),
    `  ${one.bytesPerToken.toFixed(2)} bytes and ${one.microsecondsPerToken.toFixed(3)} µs a trajectory token; ` +
      `${(100 * one.share).toFixed(1)} % of ${one.stepSeconds.toFixed(1)} s; fastest turn ${one.fastestMilliseconds.toFixed(0)} ms, ` +
      `processor time ${one.cpuMilliseconds.client.toFixed(0)} + ${one.cpuMilliseconds.trainer.toFixed(0)} ms`,
  ].join("\n");
}

async function trainOnce(trainer: Trainer, batch: TrainBatch): Promise<void> {
  const { skipped, tokens } = await trainer.trainStep(batch, OPTIM);
  if (skipped || tokens !== (TRAJECTORIES / PER_PROMPT) * PROMPT_TOKENS + TRAJECTORIES * COMPLETION_TOKENS)
    throw new Error(`the trainer counted ${tokens} tokens`);
}

const OPTIM = {
  ...{ learningRate: 0, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0, maxGradNorm: null },
  resetMoments: false,
};

async function sampleOnce(trainer: Trainer): Promise<void> {
  let tokens = 0;
  for await (const event of trainer.sample(sampleRequest()))
    if (event.kind === "sample")
      tokens += Math.min(event.sample.tokenIds.length, event.sample.logprobs?.length ?? 0);
  if (tokens !== TRAJECTORIES * COMPLETION_TOKENS) throw new Error(`${tokens} sampled tokens came back`);
}

function sampleRequest(): SampleRequest {
  const text = "x".repeat(PROMPT_TOKENS - 1);
  const prompts = Array.from({ length: TRAJECTORIES / PER_PROMPT }, (_, prompt) => ({
    prompt: { kind: "text" as const, text },
    seeds: [...Array(PER_PROMPT).keys()].map((sample) => BigInt(prompt * PER_PROMPT + sample)),
  }));
  const params = { maxTokens: COMPLETION_TOKENS, temperature: 1, topP: 1, topK: 0, stopStrings: [] };
  return { prompts, params, policyVersion: null, wantLogprobs: true };
}

function paperBatch(): TrainBatch {
  const ids = (length: number, first: number) => Int32Array.from({ length }, (_, at) => (first + at) % 250);
  const floats = (of: (at: number) => number) =>
    Float32Array.from({ length: COMPLETION_TOKENS }, (_, at) => of(at));
  return {
    prompts: Array.from({ length: TRAJECTORIES / PER_PROMPT }, (_, prompt) => ids(PROMPT_TOKENS, prompt)),
    loss: {
      ...{ kind: "policy_gradient", surrogate: "ppo_clip", ratio: "token", ratioBaseline: "current" },
      ...{ clipLow: 0.2, clipHigh: 0.2, dualClip: null },
      ...{ correction: "token_truncate", correctionLow: 0, correctionHigh: 2 },
      ...{ kl: "none", klCoefficient: 0, klClamp: null, entropyCoefficient: 0 },
    } as const,
    normalizer: TRAJECTORIES * COMPLETION_TOKENS,
    sequences: Array.from({ length: TRAJECTORIES }, (_, index) => ({
      promptRef: Math.floor(index / PER_PROMPT),
      completionIds: ids(COMPLETION_TOKENS, index),
      weights: floats(() => 1),
      advantages: floats(() => (index % 2 === 0 ? 1 : -1)),
      behaviorLogprobs: floats((at) => -(at % 7) / 7),
      temperature: 1,
      role: "reasoner" as const,
      groupId: `document-${Math.floor(index / PER_PROMPT)}`,
      sampleId: `sample-${index}`,
    })),
  };
}

async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

async function cpuSeconds(trainer: number): Promise<{ client: number; trainer: number }> {
  const { user, system } = process.cpuUsage();
  return { client: (user + system) / 1e6, trainer: (await probe(trainer))?.cpuSeconds ?? Number.NaN };
}

/**
 * Makes one update and one call of Sample through a relay that counts bytes. It is not timed,
 * because the relay makes another copy.
 */
async function countBytes(
  address: string,
  dial: (address: string) => Promise<Trainer>,
  batch: TrainBatch,
): Promise<{ bytes: number; sampleBytes: number }> {
  const count = { sent: 0, received: 0 };
  const sockets = new Set<Socket>();
  const [host = "", port = ""] = address.split(":");
  const relay = createServer((near) => {
    const far = connect(Number(port), host);
    for (const one of [near, far]) {
      sockets.add(one);
      // The other side may end first at the end.
      one.on("error", () => undefined);
    }
    near.on("data", (data) => {
      count.sent += data.length;
    });
    far.on("data", (data) => {
      count.received += data.length;
    });
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((listening) => relay.listen(0, "127.0.0.1", listening));
  const bound = relay.address();
  if (bound === null || typeof bound === "string") throw new Error("the relay has no port");
  try {
    await using trainer = await dial(`127.0.0.1:${bound.port}`);
    const before = { ...count };
    await trainOnce(trainer, batch);
    const between = { ...count };
    await sampleOnce(trainer);
    return { bytes: between.sent - before.sent, sampleBytes: count.received - between.received };
  } finally {
    relay.close();
    for (const one of sockets) one.destroy();
  }
}

async function grpcVersion(): Promise<string> {
  const path = join(import.meta.dirname, "..", "node_modules", "@grpc", "grpc-js", "package.json");
  return (JSON.parse(await readFile(path, "utf8")) as { version: string }).version;
}
