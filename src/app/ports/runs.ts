import type { Episode } from "../../core/records/episode.js";
import type { OptimSpec } from "../../core/records/loss.js";
import type { StepMetrics } from "../../core/records/metrics.js";
import type { ReviewRecord } from "../../core/truth/review.js";
import type { CheckpointInfo, TrainBatch } from "./trainer.js";

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
  /**
   * Note what the run starts from; once, but a repeated start may be noted again with the same
   * weights.
   */
  begin(start: PolicyMark): Promise<void>;
  /**
   * Keep a step on disk before it is trained: its batch, then what belongs to it. From then on it
   * is never sampled again.
   */
  stage(step: StagedStep): Promise<void>;
  /** The step after the last committed one, when it was staged; null otherwise. */
  staged(): Promise<StagedStep | null>;
  /** The batch of a committed step; null when it was not kept or is damaged. */
  recorded(step: number): Promise<RecordedBatch | null>;
  /**
   * The weights after a committed step; of step 0, those the run started from. Null for other
   * steps.
   */
  mark(step: number): PolicyMark | null;
  /**
   * Append a step: episodes, then metrics, then the audit event that makes it count, each flushed
   * to disk.
   */
  commit(step: StepCommit): Promise<void>;
  /**
   * Note verdicts of a step that people should look at. They count for nothing else: a step that is
   * played again replaces its own, and a file that is full takes no more.
   */
  review(step: number, records: readonly ReviewRecord[]): Promise<void>;
  /** Append a state change to the hash-chained audit log. */
  audit(event: string, data: Readonly<Record<string, unknown>>): Promise<void>;
  /** Last committed step, 0 when there is none. */
  readonly committed: number;
  /** Checkpoints whose weights are still there, newest first. */
  checkpoints(): Promise<readonly CheckpointInfo[]>;
  /**
   * Drop committed steps after `step` (they will be played again); keeps what is dropped beside the
   * run.
   */
  rewind(step: number): Promise<void>;
  /** Committed episodes in order. */
  episodes(): AsyncIterable<Episode>;
  setStatus(status: "running" | "finished" | "interrupted" | "failed", detail?: string): Promise<void>;
}

/**
 * `000120`: name of a step's checkpoint and of the other files a step has to itself. Step 0 is the
 * start of a run.
 */
export function stepName(step: number): string {
  return String(step).padStart(6, "0");
}
