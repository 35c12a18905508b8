/**
 * SPICE orchestrator as a library: typed configuration here, recorded runs in
 * `spice-orchestrator/runs`, interfaces for your own code in `spice-orchestrator/ports`.
 *
 * @example A configuration, `spice.config.ts`. `spice train` in its folder runs it.
 * ```ts
 * import { defineConfig } from "spice-orchestrator";
 *
 * export default defineConfig({
 *   preset: "demo",
 *   name: "slower",
 *   steps: 30,
 *   train: { learningRate: 1e-5 },
 * });
 * ```
 *
 * @example A program that reads a run: `node read-run.js runs/<run>`.
 * ```ts
 * import { readRun } from "spice-orchestrator/runs";
 *
 * const run = await readRun(process.argv[2] ?? "");
 * let admitted = 0;
 * for await (const { proposals } of run.episodes())
 *   admitted += proposals.filter(({ refusal }) => refusal === null).length;
 * console.log(`${run.info.id}: ${admitted} tasks in ${run.steps.length} steps`);
 * ```
 *
 * @packageDocumentation
 */

import type { UserConfig } from "./config/user-config.js";
import type { Experiment as ResolvedConfig } from "./core/experiment/experiment.js";

export { EXIT, type ExitCode, SpiceError } from "./app/errors.js";
export { defineConfig, type UserConfigFunction } from "./config/define.js";
/** A complete configuration: every setting has its value. `config.json` of a run holds one. */
export type { ResolvedConfig, UserConfig };

/** @deprecated Use `UserConfig`. */
export type ExperimentConfig = UserConfig;
/** @deprecated Use `ResolvedConfig`. */
export type Experiment = ResolvedConfig;

// Older programs import these from here. New ones use `spice-orchestrator/runs`.
export {
  type AnswerPolicy,
  type AnswerType,
  type Attempt,
  type Episode,
  type ProposalRecord,
  type ReasonerGroup,
  type Refusal,
  type RunReader,
  readRun,
  type Task,
  type TaskFormat,
  type Verdict,
} from "./runs.js";
