/**
 * Your own rewards, checks, readers, sources and sinks: `spice-orchestrator/own-code`. A module
 * exports by default what one of the `define` functions returns, and the configuration names the
 * module (docs/own-code.md). The test helpers work in every test runner.
 *
 * @experimental These types may change in a minor version.
 * @packageDocumentation
 */

export { z } from "zod";
export {
  testCheck,
  testReader,
  testReward,
  testSink,
  testSource,
} from "./app/own-code/testing.js";
export type { OwnCheckInput } from "./core/admission/own-checks.js";
export type { ArmCount } from "./core/game/arms.js";
export {
  type Defined,
  defineCheck,
  defineReader,
  defineReward,
  defineSink,
  defineSource,
  type OptionsSchema,
  type OwnCheck,
  type OwnCheckResult,
  type OwnDocument,
  type OwnFileInput,
  type OwnModuleBase,
  type OwnReader,
  type OwnReward,
  type OwnSink,
  type OwnSkip,
  type OwnSource,
  type RewardInput,
  type SinkRun,
  type SinkSession,
} from "./core/own-code/definitions.js";
export type { Fact } from "./core/records/document.js";
export type { StepMetrics } from "./core/records/metrics.js";
export type { Candidate, Task } from "./core/records/task.js";
