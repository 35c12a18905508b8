import { stepMetrics } from "../../core/analysis/step-metrics.js";
import type { StepMetrics } from "../../core/records/metrics.js";
import type { StagedStep } from "../ports/runs.js";
import type { PolicyVersion, TrainOutcome } from "../ports/trainer.js";

/** What training and publishing a step took. */
export interface StepTimes {
  readonly trainSeconds: number;
  readonly publishSeconds: number;
  /** Training and publishing together. */
  readonly seconds: number;
  /** CPU time of this process, not of the trainer. */
  readonly cpuSeconds: number;
}

/** Everything a step's metrics are made of. */
export interface StepResult {
  readonly staged: StagedStep;
  /** Null when there was nothing to train. */
  readonly outcome: TrainOutcome | null;
  /** The weights after the step. */
  readonly policy: PolicyVersion;
  readonly times: StepTimes;
}

/**
 * One line of metrics.jsonl (docs/run-format.md lists the fields). Null means: not measured in this
 * step.
 */
export function stepRecord({ staged, outcome, policy, times }: StepResult): StepMetrics {
  const { step, episodes, batch, sampled, opinions } = staged;
  const seconds = sampled.seconds + times.seconds;
  const cpuSeconds = sampled.cpuSeconds + times.cpuSeconds;
  const all = outcome?.stats["all"];
  return {
    ...stepMetrics(step, episodes),
    ...opinions,
    step,
    policy_version: policy.version,
    policy_digest: policy.digest,
    loss: outcome?.loss ?? null,
    grad_norm: outcome?.gradNorm ?? null,
    logprob_gap_mean: all?.["logprobGapMean"] ?? null,
    logprob_gap_max: all?.["logprobGapMax"] ?? null,
    truncated_fraction: all?.["truncatedFraction"] ?? null,
    trained_sequences: batch?.sequences.length ?? 0,
    trained_tokens: outcome?.tokens ?? 0,
    sampled_prompt_tokens: sampled.promptTokens,
    sampled_completion_tokens: sampled.completionTokens,
    sample_retries: sampled.retries,
    seconds_sample: sampled.seconds,
    seconds_train: times.trainSeconds,
    seconds_publish: times.publishSeconds,
    seconds_step: seconds,
    orchestrator_cpu_seconds: cpuSeconds,
    orchestrator_cpu_share: cpuSeconds / seconds,
    trainer_peak_memory_bytes: outcome?.peakMemoryBytes ?? null,
  };
}
