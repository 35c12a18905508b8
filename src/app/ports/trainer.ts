import type { LossSpec, OptimSpec } from "../../core/records/loss.js";
import type { Prompt } from "../../core/records/prompt.js";

/** Facts of the loaded model, stable for the session. */
export interface ModelInfo {
  readonly name: string;
  readonly parameters: number;
  readonly trainableParameters: number;
  readonly maxContextTokens: number;
  readonly computeDtype: string;
  readonly device: string;
  readonly modelFingerprint: string;
  readonly tokenizerFingerprint: string;
  /** Folder that holds tokenizer.json when the sidecar runs on this machine. */
  readonly tokenizerPath: string;
}

/**
 * What the trainer says it can do; anything else it refuses. Strings are the contract's names in
 * lower case.
 */
export interface Capabilities {
  readonly backend: string;
  readonly losses: readonly string[];
  readonly corrections: readonly string[];
  readonly samplingParameters: readonly string[];
  readonly logprobSource: "emitted" | "recomputed";
  readonly seedSupport: "none" | "best_effort" | "bitwise";
  readonly determinism: string;
  readonly maxSamplesPerPrompt: number;
  readonly maxInFlightSamples: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly hardware: string;
}

/** How to draw tokens. Temperature 0 is greedy; top-p 1 and top-k 0 are off. */
export interface SamplingParams {
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topP: number;
  readonly topK: number;
  readonly stopStrings: readonly string[];
}

/** One prompt and its samples: one 64-bit seed each. */
export interface PromptSpec {
  readonly prompt: Prompt;
  readonly seeds: readonly bigint[];
}

export interface SampleRequest {
  readonly prompts: readonly PromptSpec[];
  readonly params: SamplingParams;
  /** Null: the newest version. */
  readonly policyVersion: number | null;
  readonly wantLogprobs: boolean;
}

export type FinishReason = "stop_token" | "stop_string" | "length" | "context" | "aborted" | "error";

/**
 * Token ids and log-probabilities as they came from the sampler: carried to the learner, never
 * edited.
 */
export interface Sample {
  readonly promptIndex: number;
  readonly sampleIndex: number;
  readonly tokenIds: Int32Array;
  /** Null unless asked for. */
  readonly logprobs: Float32Array | null;
  readonly text: string;
  readonly reason: FinishReason;
  readonly policyVersion: number;
}

export type SampleEvent =
  | { readonly kind: "started"; readonly policyVersion: number; readonly promptIds: readonly Int32Array[] }
  | { readonly kind: "sample"; readonly sample: Sample }
  | {
      readonly kind: "done";
      readonly promptTokens: number;
      readonly completionTokens: number;
      readonly seconds: number;
    };

/** One trajectory. The prompt never enters the loss; `weights` 0 masks a token out. */
export interface TrainSequence {
  readonly promptRef: number;
  readonly completionIds: Int32Array;
  readonly weights: Float32Array;
  readonly advantages: Float32Array;
  readonly behaviorLogprobs: Float32Array | null;
  readonly temperature: number;
  readonly role: "challenger" | "reasoner" | "warmup";
  readonly groupId: string;
  readonly sampleId: string;
}

export interface TrainBatch {
  readonly prompts: readonly Int32Array[];
  readonly sequences: readonly TrainSequence[];
  readonly loss: LossSpec;
  /** Z: the loss is (1/Z) x sum of weight x token loss, and the trainer divides by nothing else. */
  readonly normalizer: number;
}

/** Token-weighted statistics of one role; the key `all` is the whole batch. */
export type RoleStats = Readonly<Record<string, number>>;

export interface TrainOutcome {
  readonly loss: number;
  readonly nonFinite: boolean;
  readonly stats: Readonly<Record<string, RoleStats>>;
  readonly tokens: number;
  readonly microbatches: number;
  readonly secondsForward: number;
  readonly secondsBackward: number;
  readonly peakMemoryBytes: number;
  readonly step: number;
  readonly gradNorm: number;
  readonly skipped: boolean;
  readonly secondsOptimizer: number;
}

export interface PolicyVersion {
  readonly version: number;
  readonly parentStep: number;
  /** SHA-256 over the trainable tensors, hex. */
  readonly digest: string;
}

export interface CheckpointInfo {
  readonly path: string;
  readonly step: number;
  readonly digest: string;
  readonly bytes: number;
}

export interface OpenOptions {
  readonly model: string;
  readonly seed: number;
  readonly lora: { readonly rank: number; readonly alpha: number } | null;
  readonly computeDtype: "auto" | "float32" | "bfloat16";
  readonly maxContextTokens: number;
  /** Passed to the engine as it is; validated against the schema it declares. */
  readonly engine: Readonly<Record<string, unknown>>;
}

/**
 * An open session with a trainer. Mutating calls are ordered and idempotent inside the adapter;
 * every call that can wait takes a signal. Rejections are `SpiceError` with boundary `trainer`.
 */
export interface Trainer extends AsyncDisposable {
  readonly model: ModelInfo;
  readonly capabilities: Capabilities;
  /** Optimiser steps taken since the base model, as last reported. */
  readonly step: number;
  /** Ids of each prompt, rendered exactly as sampling renders it. */
  tokenize(prompts: readonly Prompt[], signal?: AbortSignal): Promise<readonly Int32Array[]>;
  /** Ids of supervised targets, end-of-turn included. */
  encodeCompletions(texts: readonly string[], signal?: AbortSignal): Promise<readonly Int32Array[]>;
  /**
   * Samples in the order they finish. Aborting the signal, or leaving the loop, stops generation.
   */
  sample(request: SampleRequest, signal?: AbortSignal): AsyncIterable<SampleEvent>;
  /** Gradient and optimiser step in one transaction. */
  trainStep(batch: TrainBatch, optim: OptimSpec, signal?: AbortSignal): Promise<TrainOutcome>;
  /**
   * Log-probabilities of each sequence's completion tokens under the training weights, at the
   * sequence's own temperature.
   */
  score(
    batch: Pick<TrainBatch, "prompts" | "sequences">,
    signal?: AbortSignal,
  ): Promise<readonly Float32Array[]>;
  publish(signal?: AbortSignal): Promise<PolicyVersion>;
  /** `name` is relative to the checkpoint root given to the sidecar. */
  save(name: string, signal?: AbortSignal): Promise<CheckpointInfo>;
  load(name: string, signal?: AbortSignal): Promise<CheckpointInfo>;
}
