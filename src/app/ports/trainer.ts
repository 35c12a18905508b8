import type { LossSpec, OptimSpec } from "../../core/records/loss.js";
import type { Prompt } from "../../core/records/prompt.js";

/** Facts of the loaded model. They do not change during a session. */
export interface ModelInfo {
  /** Name or folder that the session was opened with. */
  readonly name: string;
  /** Number of parameters, and number of parameters that training changes. */
  readonly parameters: number;
  readonly trainableParameters: number;
  /** Longest prompt and completion together, in tokens. */
  readonly maxContextTokens: number;
  /** Type of the arithmetic: `float32` or `bfloat16`. */
  readonly computeDtype: string;
  /** For example `cpu` or `cuda:0`. */
  readonly device: string;
  /** SHA-256 over the weights and over the tokenizer files, hex. */
  readonly modelFingerprint: string;
  readonly tokenizerFingerprint: string;
  /** Folder with tokenizer.json. Empty when the trainer runs on another machine. */
  readonly tokenizerPath: string;
}

/**
 * What the trainer declares that it can do. The trainer refuses everything else. The strings are
 * the names of the contract in lower case.
 */
export interface Capabilities {
  /** Name of the engine, as the trainer itself calls it. */
  readonly backend: string;
  readonly losses: readonly string[];
  readonly corrections: readonly string[];
  readonly samplingParameters: readonly string[];
  /** `emitted`: by the sampler while it writes. `recomputed`: by a second pass over the text. */
  readonly logprobSource: "emitted" | "recomputed";
  /** `bitwise`: equal seeds give equal tokens. */
  readonly seedSupport: "none" | "best_effort" | "bitwise";
  /** `E0`: equal batches give bitwise equal weights (docs/protocol.md has the other levels). */
  readonly determinism: string;
  readonly maxSamplesPerPrompt: number;
  readonly maxInFlightSamples: number;
  /** Versions of the engine's packages, by name. */
  readonly versions: Readonly<Record<string, string>>;
  /** The machine in one line, for people. */
  readonly hardware: string;
}

/** How tokens are sampled. */
export interface SamplingParams {
  /** Longest completion, in tokens. */
  readonly maxTokens: number;
  /** 0 takes the most probable token. */
  readonly temperature: number;
  /** Smallest set of tokens with this much probability; 1 is off. */
  readonly topP: number;
  /** Number of most probable tokens; 0 is off. */
  readonly topK: number;
  /** A completion ends before the first of these texts. */
  readonly stopStrings: readonly string[];
}

/** One prompt, and one 64-bit seed for each of its samples. */
export interface PromptSpec {
  readonly prompt: Prompt;
  readonly seeds: readonly bigint[];
}

export interface SampleRequest {
  readonly prompts: readonly PromptSpec[];
  readonly params: SamplingParams;
  /** Policy version that samples; null for the newest version. */
  readonly policyVersion: number | null;
  /** Ask for the log-probability of each sampled token. */
  readonly wantLogprobs: boolean;
}

/** Why a completion ended. `error`: the engine lost the sample. */
export type FinishReason = "stop_token" | "stop_string" | "length" | "context" | "aborted" | "error";

/** One completion. Token ids and log-probabilities go to the learner as they are, never edited. */
export interface Sample {
  /** Index of the prompt in the request, and of the seed in the prompt. Both start at 0. */
  readonly promptIndex: number;
  readonly sampleIndex: number;
  /** Shape [length]. */
  readonly tokenIds: Int32Array;
  /** Shape [length], natural logarithms; null unless asked for. */
  readonly logprobs: Float32Array | null;
  /** The decoded tokens, without the stop text. */
  readonly text: string;
  readonly reason: FinishReason;
  /** Policy version that wrote the completion. */
  readonly policyVersion: number;
}

/** What a sampling call reports, in this order: `started`, then each `sample`, then `done`. */
export type SampleEvent =
  | {
      readonly kind: "started";
      readonly policyVersion: number;
      /** Token ids of each prompt, as the sampler uses them. */
      readonly promptIds: readonly Int32Array[];
    }
  | { readonly kind: "sample"; readonly sample: Sample }
  | {
      readonly kind: "done";
      readonly promptTokens: number;
      readonly completionTokens: number;
      readonly seconds: number;
    };

/** One completion to train on. The prompt is never part of the loss. */
export interface TrainSequence {
  /** Index of the prompt in `TrainBatch.prompts`. */
  readonly promptRef: number;
  /** Shape [length]. */
  readonly completionIds: Int32Array;
  /** Shape [length]. 0 leaves a token out of the loss. */
  readonly weights: Float32Array;
  /** Shape [length]. */
  readonly advantages: Float32Array;
  /**
   * Shape [length]: log-probabilities when the completion was sampled; null for supervised text.
   */
  readonly behaviorLogprobs: Float32Array | null;
  /** Temperature that the completion was sampled with. */
  readonly temperature: number;
  readonly role: "challenger" | "reasoner" | "warmup";
  /** Sequences with the same id share a baseline. */
  readonly groupId: string;
  readonly sampleId: string;
}

/** One training step's input. Prompts are stored once, and sequences refer to them. */
export interface TrainBatch {
  readonly prompts: readonly Int32Array[];
  readonly sequences: readonly TrainSequence[];
  readonly loss: LossSpec;
  /** Z: the loss is (1/Z) x sum of weight x token loss. The trainer divides by nothing else. */
  readonly normalizer: number;
}

/** Statistics of one role, as means over its tokens. The key `all` stands for the whole batch. */
export type RoleStats = Readonly<Record<string, number>>;

/** What a training step did. */
export interface TrainOutcome {
  readonly loss: number;
  /** True when loss or gradient was not finite. The weights are then unchanged. */
  readonly nonFinite: boolean;
  readonly stats: Readonly<Record<string, RoleStats>>;
  /** Tokens with a weight other than 0. */
  readonly tokens: number;
  readonly microbatches: number;
  readonly secondsForward: number;
  readonly secondsBackward: number;
  /** Largest memory of the trainer so far; 0 when the trainer does not say. */
  readonly peakMemoryBytes: number;
  /** Optimizer steps since the base model, after this one. */
  readonly step: number;
  /** Norm of the gradient before it was clipped. */
  readonly gradNorm: number;
  /** True when the optimizer did nothing. */
  readonly skipped: boolean;
  readonly secondsOptimizer: number;
}

/** Immutable published weights. */
export interface PolicyVersion {
  /** Counts up from the first publish of a session. */
  readonly version: number;
  /** Optimizer step that the weights come from. */
  readonly parentStep: number;
  /** SHA-256 over the trainable tensors, hex. */
  readonly digest: string;
}

export interface CheckpointInfo {
  /** Relative to the checkpoint root of the trainer. */
  readonly path: string;
  readonly step: number;
  /** SHA-256 over the trainable tensors, hex. */
  readonly digest: string;
  /** Size on disk. */
  readonly bytes: number;
}

/** Settings of a session. */
export interface OpenOptions {
  /** Local folder, hub id, or an alias that the trainer knows. */
  readonly model: string;
  readonly seed: number;
  /** Adapters to train; null trains all weights. */
  readonly lora: { readonly rank: number; readonly alpha: number } | null;
  readonly computeDtype: "auto" | "float32" | "bfloat16";
  readonly maxContextTokens: number;
  /** Settings of the engine. The trainer checks them against the schema that it declares. */
  readonly engine: Readonly<Record<string, unknown>>;
}

/**
 * An open session with a trainer. The adapter keeps calls that change something in order and
 * idempotent. Every call that can wait takes a signal.
 *
 * All failures are `SpiceError` with boundary `trainer`.
 */
export interface Trainer extends AsyncDisposable {
  readonly model: ModelInfo;
  readonly capabilities: Capabilities;
  /** Optimizer steps since the base model, as the trainer last reported. */
  readonly step: number;
  /** Token ids of each prompt, exactly as sampling renders it. */
  tokenize(prompts: readonly Prompt[], signal?: AbortSignal): Promise<readonly Int32Array[]>;
  /** Token ids of supervised completions, with the end-of-turn token. */
  encodeCompletions(texts: readonly string[], signal?: AbortSignal): Promise<readonly Int32Array[]>;
  /**
   * Samples in the order in which they are finished. Sampling stops when the signal is aborted or
   * when the caller leaves the loop.
   */
  sample(request: SampleRequest, signal?: AbortSignal): AsyncIterable<SampleEvent>;
  /** Computes the gradient and takes one optimizer step, as one transaction. */
  trainStep(batch: TrainBatch, optim: OptimSpec, signal?: AbortSignal): Promise<TrainOutcome>;
  /**
   * Log-probabilities of the completion tokens under the training weights, at each sequence's own
   * temperature.
   *
   * @returns one array of shape [length] for each sequence
   */
  score(
    batch: Pick<TrainBatch, "prompts" | "sequences">,
    signal?: AbortSignal,
  ): Promise<readonly Float32Array[]>;
  /** Makes the training weights the newest policy version. */
  publish(signal?: AbortSignal): Promise<PolicyVersion>;
  /** Saves weights and optimizer state. `name` is relative to the checkpoint root. */
  save(name: string, signal?: AbortSignal): Promise<CheckpointInfo>;
  /** Loads what `save` saved. */
  load(name: string, signal?: AbortSignal): Promise<CheckpointInfo>;
}
