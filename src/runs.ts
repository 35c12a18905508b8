/**
 * The read side of runs: `spice-orchestrator/runs`. A run can be read while it is being written: a
 * reader sees committed steps only. docs/run-format.md describes the files.
 *
 * @packageDocumentation
 */

export type { AuditRecord } from "./adapters/runs/audit-log.js";
export { listRuns, type RunSummary } from "./adapters/runs/list-runs.js";
export { type RunReader, type RunState, readRun, type Verification } from "./adapters/runs/read-run.js";
export type { RunInfo, RunStatus } from "./adapters/runs/run-info.js";
export type { StepMark } from "./adapters/runs/timeline.js";
export type { Experiment as ResolvedConfig } from "./core/experiment/experiment.js";
export type { AnswerPolicy, AnswerType, FreeAnswerType, Verdict } from "./core/records/answer.js";
export type { Attempt, Episode, ProposalRecord, ReasonerGroup } from "./core/records/episode.js";
export type { Finding } from "./core/records/finding.js";
export type { StepMetrics } from "./core/records/metrics.js";
export type { Refusal, Task, TaskFormat } from "./core/records/task.js";
