import { join } from "node:path";

/** Paths in a run directory. docs/run-format.md describes the format. */
export interface RunPaths {
  readonly directory: string;
  readonly info: string;
  readonly config: string;
  readonly episodes: string;
  readonly metrics: string;
  readonly audit: string;
  /** Verdicts for people to review. This file is not committed with a step. */
  readonly review: string;
  readonly checkpoints: string;
  /** Batches of steps, and the step in progress. */
  readonly batches: string;
  readonly staged: string;
  readonly dropped: string;
  readonly logs: string;
  readonly lock: string;
}

/** Paths in the run directory `directory`. */
export function runPaths(directory: string): RunPaths {
  return {
    directory,
    info: join(directory, "run.json"),
    config: join(directory, "config.json"),
    episodes: join(directory, "episodes.jsonl"),
    metrics: join(directory, "metrics.jsonl"),
    audit: join(directory, "audit.jsonl"),
    review: join(directory, "review.jsonl"),
    checkpoints: join(directory, "checkpoints"),
    batches: join(directory, "batches"),
    staged: join(directory, "batches", "staged.json"),
    dropped: join(directory, "dropped"),
    logs: join(directory, "logs"),
    lock: join(directory, "run.lock"),
  };
}

/**
 * Id and folder name of a run: `2026-11-22T15-04-05_qwen3-4b_s1_k3f9`. Sorted names are in the
 * order of their start times (UTC).
 *
 * @param isoTime start of the run, ISO 8601 in UTC
 * @param suffix a few random letters and digits; they distinguish two runs that start in the same
 * second
 */
export function runId(isoTime: string, name: string, seed: number, suffix: string): string {
  const time = isoTime.slice(0, 19).replaceAll(":", "-");
  const safe = name
    .normalize("NFKD")
    .replace(/[^A-Za-z0-9.-]+/g, "-")
    .replace(/^[-.]+|[-.]+$/g, "")
    .slice(0, 60);
  return `${time}_${safe === "" ? "run" : safe}_s${seed}_${suffix}`;
}

const CHECKPOINT_NAME = /^\d{6,}$/;

/** The step of a checkpoint folder; null for other folders. */
export function checkpointStep(folder: string): number | null {
  return CHECKPOINT_NAME.test(folder) ? Number(folder) : null;
}
