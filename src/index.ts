/** Public API: typed configuration, and the read side of runs. */

export { type RunReader, readRun } from "./adapters/runs/read-run.js";
export { SpiceError } from "./app/errors.js";
export { defineConfig, type ExperimentConfig } from "./config/define.js";
export type { Experiment } from "./core/experiment/experiment.js";
export type { AnswerPolicy, AnswerType, Verdict } from "./core/records/answer.js";
export type { Attempt, Episode, ProposalRecord, ReasonerGroup } from "./core/records/episode.js";
export type { Refusal, Task, TaskFormat } from "./core/records/task.js";
