import { SpiceError } from "../../src/app/errors.js";
import type {
  Capabilities,
  CheckpointInfo,
  ModelInfo,
  PolicyVersion,
  SampleEvent,
  SampleRequest,
  TrainBatch,
  Trainer,
  TrainOutcome,
} from "../../src/app/ports/trainer.js";
import type { Prompt } from "../../src/core/records/prompt.js";

/** What a script answers for one sample: its text, or a whole override. */
export type Reply = string | { readonly text: string; readonly reason?: "stop_token" | "length" | "error" };

/** The whole prompt as one string, for scripts to match on. */
export function promptText(prompt: Prompt): string {
  return prompt.kind === "text" ? prompt.text : prompt.messages.map((one) => one.content).join("\n");
}

/**
 * A trainer whose "model" is a function of prompt, seed and weights. Tokens are UTF-16 code units.
 * `trainStep` adds one to the weights, so that a policy that should have moved is told from one
 * that did not.
 */
export class ScriptedTrainer implements Trainer {
  readonly model: ModelInfo = {
    name: "scripted",
    parameters: 1,
    trainableParameters: 1,
    maxContextTokens: 100_000,
    computeDtype: "float32",
    device: "none",
    modelFingerprint: "0",
    tokenizerFingerprint: "0",
    tokenizerPath: "",
  };
  readonly capabilities: Capabilities = {
    backend: "scripted",
    losses: ["policy_gradient", "cross_entropy"],
    corrections: ["none", "token_truncate"],
    samplingParameters: ["temperature", "top_p", "seed"],
    logprobSource: "emitted",
    seedSupport: "bitwise",
    determinism: "E0",
    maxSamplesPerPrompt: 1024,
    maxInFlightSamples: 4096,
    versions: {},
    hardware: "none",
  };
  step = 0;
  readonly batches: TrainBatch[] = [];
  readonly requests: SampleRequest[] = [];
  readonly saved: string[] = [];
  /** Overrides of the next outcomes, for guards. */
  outcome: Partial<TrainOutcome> = {};
  #versions = 0;

  constructor(
    private readonly script: (prompt: string, seed: bigint, weights: number) => Reply,
    /** Order in which samples of one call finish; the identity by default. */
    private readonly order: (indices: number[]) => number[] = (indices) => indices,
    /** Saved weights by checkpoint name: what outlives this trainer. */
    private readonly disk = new Map<string, number>(),
    /** What the chat template writes at the end of a prompt with roles. */
    private readonly templateEnd = "",
  ) {}

  async tokenize(prompts: readonly Prompt[]): Promise<Int32Array[]> {
    return prompts.map((one) => this.#promptIds(one));
  }

  #promptIds(prompt: Prompt): Int32Array {
    return ids(`${promptText(prompt)}${prompt.kind === "chat" ? this.templateEnd : ""}`);
  }

  async encodeCompletions(texts: readonly string[]): Promise<Int32Array[]> {
    return texts.map(ids);
  }

  async *sample(request: SampleRequest, signal?: AbortSignal): AsyncIterable<SampleEvent> {
    this.requests.push(request);
    yield {
      kind: "started",
      policyVersion: this.#versions,
      promptIds: request.prompts.map(({ prompt }) => this.#promptIds(prompt)),
    };
    let tokens = 0;
    for (const [promptIndex, { prompt, seeds }] of request.prompts.entries()) {
      for (const sampleIndex of this.order([...seeds.keys()])) {
        await Promise.resolve();
        signal?.throwIfAborted();
        const reply = this.script(promptText(prompt), seeds[sampleIndex] ?? 0n, this.step);
        const { text, reason = "stop_token" } = typeof reply === "string" ? { text: reply } : reply;
        const tokenIds = ids(text);
        tokens += tokenIds.length;
        const logprobs = request.wantLogprobs ? new Float32Array(tokenIds.length).fill(-1) : null;
        yield {
          kind: "sample",
          sample: {
            promptIndex,
            sampleIndex,
            tokenIds,
            logprobs,
            text,
            reason,
            policyVersion: this.#versions,
          },
        };
      }
    }
    yield { kind: "done", promptTokens: 1, completionTokens: tokens, seconds: 0 };
  }

  async score({ sequences }: Pick<TrainBatch, "sequences">): Promise<Float32Array[]> {
    return sequences.map((one) => new Float32Array(one.completionIds.length).fill(-1 - 0.1 * this.step));
  }

  async trainStep(batch: TrainBatch): Promise<TrainOutcome> {
    this.batches.push(batch);
    this.step += 1;
    return {
      loss: 0,
      nonFinite: false,
      stats: {},
      tokens: 1,
      microbatches: 1,
      secondsForward: 0,
      secondsBackward: 0,
      peakMemoryBytes: 0,
      step: this.step,
      gradNorm: 1,
      skipped: false,
      secondsOptimizer: 0,
      ...this.outcome,
    };
  }

  async publish(): Promise<PolicyVersion> {
    this.#versions += 1;
    return { version: this.#versions, parentStep: this.step, digest: `weights-${this.step}` };
  }

  async save(name: string): Promise<CheckpointInfo> {
    this.saved.push(name);
    this.disk.set(name, this.step);
    return { path: name, step: this.step, digest: `checkpoint-${this.step}`, bytes: 1 };
  }

  async load(name: string): Promise<CheckpointInfo> {
    const saved = this.disk.get(name);
    if (saved === undefined) {
      throw new SpiceError(`There is no checkpoint ${name}.`, {
        code: "TRAINER_CHECKPOINT_UNKNOWN",
        boundary: "trainer",
        hint: "Save it first.",
      });
    }
    this.step = saved;
    return { path: name, step: this.step, digest: `checkpoint-${this.step}`, bytes: 1 };
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

function ids(text: string): Int32Array {
  return Int32Array.from([...text].map((char) => char.codePointAt(0) ?? 0));
}
