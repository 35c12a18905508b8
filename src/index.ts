/** Public API: typed configuration, and the read side of runs. */

export { type RunReader, readRun } from "./adapters/runs/read-run.js";
export { SpiceError } from "./app/errors.js";
export { defineConfig, type ExperimentConfig } from "./config/define.js";
export type { AnswerPolicy, AnswerType } from "./core/answers/policy.js";
export type { Attempt, Episode, ProposalRecord, ReasonerGroup, Verdict } from "./core/episode.js";
export type { Experiment } from "./core/experiment.js";
export type { Refusal, Task, TaskFormat } from "./core/task.js";
