import type { Prompt } from "../core/chat.js";
import type { Document, Segment, SnapshotInfo, Split } from "../core/document.js";
import type { Episode } from "../core/episode.js";
import type { Opinion } from "../core/opinion.js";
import type { ReviewRecord } from "../core/review.js";

export type { Hash } from "../core/hash.js";

import type { LossSpec, OptimSpec } from "../core/loss.js";
import type { SegmentBounds } from "../core/segments.js";
import type { AnswerType } from "../core/task.js";

/* ------------------------------------------------------------------------------------------------ trainer (model side) */

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

/** What the trainer says it can do; anything else it refuses. Strings are the contract's names in lower case. */
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

/** Token ids and log-probabilities as they came from the sampler: carried to the learner, never edited. */
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
  readonly behaviourLogprobs: Float32Array | null;
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
 * An open session with a trainer. Mutating calls are ordered and idempotent inside the adapter; every call that can wait
 * takes a signal. Rejections are `SpiceError` with boundary `trainer`.
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
  /** Samples in the order they finish. Aborting the signal, or leaving the loop, stops generation. */
  sample(request: SampleRequest, signal?: AbortSignal): AsyncIterable<SampleEvent>;
  /** Gradient and optimiser step in one transaction. */
  trainStep(batch: TrainBatch, optim: OptimSpec, signal?: AbortSignal): Promise<TrainOutcome>;
  /** Log-probabilities of each sequence's completion tokens under the training weights, at the sequence's own temperature. */
  score(
    batch: Pick<TrainBatch, "prompts" | "sequences">,
    signal?: AbortSignal,
  ): Promise<readonly Float32Array[]>;
  publish(signal?: AbortSignal): Promise<PolicyVersion>;
  /** `name` is relative to the checkpoint root given to the sidecar. */
  save(name: string, signal?: AbortSignal): Promise<CheckpointInfo>;
  load(name: string, signal?: AbortSignal): Promise<CheckpointInfo>;
}

/* -------------------------------------------------------------------------------------------------------------- corpus */

/** A document as its source gives it; ingestion normalises the text and gives it its id. */
export type DraftDocument = Omit<Document, "id">;

/** Why something a source held did not become a document. */
export type SkipReason = "no_text" | "too_short" | "duplicate" | "malformed" | "unsupported";

export type SourceItem =
  | { readonly kind: "document"; readonly document: DraftDocument }
  | { readonly kind: "skip"; readonly reason: SkipReason; readonly where: string; readonly detail: string };

/** Something documents are read from. Rejections are `SpiceError` with boundary `corpus`. */
export interface Source {
  /** Stable name; adding a source again replaces what it contributed before. */
  readonly uri: string;
  /** Everything it holds, always in the same order. */
  read(signal?: AbortSignal): AsyncIterable<SourceItem>;
}

/** Length of texts under one tokenizer. */
export interface TokenCounter {
  /** SHA-256 of tokenizer.json, hex. */
  readonly fingerprint: string;
  /** Tokens of a text, special tokens excluded. */
  count(text: string): number;
}

/** Write side of a corpus store, for one source. Only one writer exists at a time; a second is refused at open. */
export interface CorpusWriter extends AsyncDisposable {
  /** How the store holds this document's segments when an earlier, perhaps interrupted, ingestion wrote it; null when new. */
  known(document: Document): Promise<readonly SegmentBounds[] | null>;
  /** Append a document, or note that a known one belongs to this source. */
  add(document: Document, segments: readonly SegmentBounds[]): Promise<void>;
  /** Publish a snapshot: what other sources contributed before, and everything added here. */
  commit(): Promise<SnapshotInfo>;
}

/** Read side of one immutable snapshot. */
export interface Corpus {
  readonly info: SnapshotInfo;
  /** Number of segments in a split. */
  size(split: Split): number;
  /** The n-th segment of a split, in snapshot order. */
  segment(split: Split, index: number): Promise<Segment>;
  /** By segment id or document id (its first segment); null when there is none. */
  find(id: string): Promise<Segment | null>;
}

/* ----------------------------------------------------------------------------------------------------------------- run */

/** One flat record a step: numbers for curves, beside a few strings for identity. */
export type StepMetrics = Readonly<Record<string, number | string | null>> & { readonly step: number };

/** What a step leaves behind; written together or not at all. */
export interface StepCommit {
  readonly step: number;
  readonly episodes: readonly Episode[];
  readonly metrics: StepMetrics;
  readonly policyVersion: number;
  readonly policyDigest: string;
  /** Set when a checkpoint was saved at this step. */
  readonly checkpoint: CheckpointInfo | null;
}

/** What a step trained on, or is about to: enough to train it again, by any trainer. */
export interface RecordedBatch {
  /** Null when no group had variance: the step left the weights as they were. */
  readonly batch: TrainBatch | null;
  readonly optim: OptimSpec;
}

/** A step that was played and judged, before its batch is sent to the trainer. */
export interface StagedStep extends RecordedBatch {
  readonly step: number;
  readonly episodes: readonly Episode[];
  /** Numbers of the metrics that only sampling knows. */
  readonly sampled: {
    readonly promptTokens: number;
    readonly completionTokens: number;
    /** Samples that the engine lost and that were asked for again. */
    readonly retries: number;
    readonly seconds: number;
    readonly cpuSeconds: number;
  };
  /** Metrics of the second opinion and the judge; absent when neither is on. */
  readonly opinions?: Readonly<Record<string, number | null>>;
}

/** The weights that a step, or the start of the run, led to. */
export interface PolicyMark {
  readonly policyVersion: number;
  readonly policyDigest: string;
  readonly checkpoint: CheckpointInfo | null;
}

/** Write side of one run directory. Only one writer exists; a second is refused at open. */
export interface RunStore extends AsyncDisposable {
  readonly id: string;
  readonly directory: string;
  /** Note what the run starts from; once, but a repeated start may be noted again with the same weights. */
  begin(start: PolicyMark): Promise<void>;
  /** Keep a step on disk before it is trained: its batch, then what belongs to it. From then on it is never sampled again. */
  stage(step: StagedStep): Promise<void>;
  /** The step after the last committed one, when it was staged; null otherwise. */
  staged(): Promise<StagedStep | null>;
  /** The batch of a committed step; null when it was not kept or is damaged. */
  recorded(step: number): Promise<RecordedBatch | null>;
  /** The weights after a committed step; of step 0, those the run started from. Null for other steps. */
  mark(step: number): PolicyMark | null;
  /** Append a step: episodes, then metrics, then the audit event that makes it count, each flushed to disk. */
  commit(step: StepCommit): Promise<void>;
  /**
   * Note verdicts of a step that people should look at. They count for nothing else: a step that is played again replaces
   * its own, and a file that is full takes no more.
   */
  review(step: number, records: readonly ReviewRecord[]): Promise<void>;
  /** Append a state change to the hash-chained audit log. */
  audit(event: string, data: Readonly<Record<string, unknown>>): Promise<void>;
  /** Last committed step, 0 when there is none. */
  readonly committed: number;
  /** Checkpoints whose weights are still there, newest first. */
  checkpoints(): Promise<readonly CheckpointInfo[]>;
  /** Drop committed steps after `step` (they will be played again); keeps what is dropped beside the run. */
  rewind(step: number): Promise<void>;
  /** Committed episodes in order. */
  episodes(): AsyncIterable<Episode>;
  setStatus(status: "running" | "finished" | "interrupted" | "failed", detail?: string): Promise<void>;
}

/* -------------------------------------------------------------------------------------------------------- verification */

/** What a second opinion is asked about. */
export interface AnswerPair {
  readonly type: AnswerType;
  readonly gold: string;
  readonly answer: string;
}

/** Another verifier, apart from this process. Disposing ends its processes. */
export interface SecondOpinion extends AsyncDisposable {
  /** Never rejects but for the signal: a failure is an outcome. */
  check(pair: AnswerPair, signal: AbortSignal): Promise<Opinion>;
}

/** What a judge sees: never how the answer came about. */
export interface JudgedText {
  readonly question: string;
  readonly gold: string;
  readonly answer: string;
}

/** A language model that compares two texts. */
export interface AnswerJudge {
  /** Never rejects but for the signal: a failure is an outcome. */
  assess(text: JudgedText, signal: AbortSignal): Promise<Opinion>;
}

/* -------------------------------------------------------------------------------------------------------------- output */

/** Where progress is shown and metrics go, beside the run directory. */
export interface MetricSink {
  step(metrics: StepMetrics): void;
  /** A phase inside a step, for the live line: `done` of `total`, total 0 when unknown. */
  progress(phase: string, done: number, total: number): void;
}

export interface Logger {
  debug(message: string, data?: Readonly<Record<string, unknown>>): void;
  info(message: string, data?: Readonly<Record<string, unknown>>): void;
  warn(message: string, data?: Readonly<Record<string, unknown>>): void;
  error(message: string, data?: Readonly<Record<string, unknown>>): void;
}

/** Time for durations and file names; results never depend on it. */
export interface Clock {
  /** Milliseconds, monotonic. */
  now(): number;
  /** Wall time, ISO 8601 in UTC with milliseconds. */
  iso(): string;
  /** CPU seconds (user and system) this process has used: the orchestrator's own cost. */
  cpuSeconds(): number;
}

/** Numbers the sidecar pushed over the event stream since the last call; empty when nothing arrived or it is lost. */
export interface Telemetry {
  drain(): Readonly<Record<string, number>>;
}
