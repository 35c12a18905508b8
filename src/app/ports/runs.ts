import type { Episode } from "../../core/records/episode.js";
import type { OptimSpec } from "../../core/records/loss.js";
import type { StepMetrics } from "../../core/records/metrics.js";
import type { ReviewRecord } from "../../core/truth/review.js";
import type { CheckpointInfo, TrainBatch } from "./trainer.js";

/** The result of a step. It is written completely or not at all. */
export interface StepCommit {
  readonly step: number;
  readonly episodes: readonly Episode[];
  readonly metrics: StepMetrics;
  readonly policyVersion: number;
  readonly policyDigest: string;
  /** Set when a checkpoint was saved at this step. */
  readonly checkpoint: CheckpointInfo | null;
}

/** The training input of a step. Any trainer can train it again. */
export interface RecordedBatch {
  /** Null when no group had variance. Such a step does not change the weights. */
  readonly batch: TrainBatch | null;
  readonly optim: OptimSpec;
}

/** A step that was played and scored, before its batch is sent to the trainer. */
export interface StagedStep extends RecordedBatch {
  readonly step: number;
  readonly episodes: readonly Episode[];
  /** What sampling used. */
  readonly sampled: {
    readonly promptTokens: number;
    readonly completionTokens: number;
    /** Samples that the engine lost and that were sampled again. */
    readonly retries: number;
    readonly seconds: number;
    readonly cpuSeconds: number;
  };
  /** Metrics of the second opinion and the judge; absent when neither is on. */
  readonly opinions?: Readonly<Record<string, number | null>>;
}

/** The weights after a step, or at the start of the run. */
export interface PolicyMark {
  readonly policyVersion: number;
  readonly policyDigest: string;
  readonly checkpoint: CheckpointInfo | null;
}

/**
 * Write side of one run directory. Only one writer may be open. Opening a second one is refused.
 */
export interface RunStore extends AsyncDisposable {
  readonly id: string;
  readonly directory: string;
  /**
   * Notes the weights that the run starts from. A repeated start may note the same weights again.
   */
  begin(start: PolicyMark): Promise<void>;
  /**
   * Writes a step to disk before it is trained: first its batch, then everything else. A staged
   * step is never sampled again.
   */
  stage(step: StagedStep): Promise<void>;
  /** The staged step that follows the last committed step; null when no step is staged. */
  staged(): Promise<StagedStep | null>;
  /** The batch of a committed step; null when the batch is missing or damaged. */
  recorded(step: number): Promise<RecordedBatch | null>;
  /**
   * The weights after a committed step. Step 0 stands for the start of the run. Null for steps that
   * are not committed.
   */
  mark(step: number): PolicyMark | null;
  /**
   * Appends a step: first episodes, then metrics, then the audit event that commits the step. Each
   * part is flushed to disk.
   */
  commit(step: StepCommit): Promise<void>;
  /**
   * Notes verdicts of a step for people to review. The notes decide nothing. A step that is played
   * again replaces its own notes. A full file takes no more notes.
   */
  review(step: number, records: readonly ReviewRecord[]): Promise<void>;
  /** Appends a state change to the hash-chained audit log. */
  audit(event: string, data: Readonly<Record<string, unknown>>): Promise<void>;
  /** The last committed step; 0 when no step is committed. */
  readonly committed: number;
  /** Checkpoints whose weights exist, newest first. */
  checkpoints(): Promise<readonly CheckpointInfo[]>;
  /**
   * Drops the committed steps after `step`, so that they are played again. The dropped records are
   * kept beside the run.
   */
  rewind(step: number): Promise<void>;
  /** Episodes of all committed steps, in order. */
  episodes(): AsyncIterable<Episode>;
  setStatus(status: "running" | "finished" | "interrupted" | "failed", detail?: string): Promise<void>;
}

/**
 * File name of a step, for example `000120`. Checkpoints and other files of one step have this
 * name. Step 0 is the start of a run.
 */
export function stepName(step: number): string {
  return String(step).padStart(6, "0");
}
