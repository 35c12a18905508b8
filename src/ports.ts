/**
 * Interfaces for your own code: `spice-orchestrator/ports`. They are the seams of this program:
 * sources of documents, rewards, admission checks, sinks of metrics, trainers, run stores. Throw a
 * `SpiceError` for an expected failure: the command line shows its code, its hint and its exit
 * code.
 *
 * The command line uses the implementations of this package. Your own reward, check, reader, source
 * or sink is a module that the configuration names: `spice-orchestrator/own-code`
 * (docs/own-code.md). Use these types in a fork, or in a program of yours. A trainer is different:
 * write it in Python against the contract (docs/trainers/bring-your-own.md), and `trainer.kind`
 * names it.
 *
 * @experimental These types may change in a minor version.
 * @packageDocumentation
 */

export { EXIT, type ExitCode, SpiceError } from "./app/errors.js";
export type * from "./app/ports/clock.js";
export type * from "./app/ports/corpus.js";
export type * from "./app/ports/output.js";
export type * from "./app/ports/runs.js";
export type * from "./app/ports/trainer.js";
export type * from "./app/ports/verifiers.js";
export type { AdmissionCode, RefusalCode } from "./core/admission/codes.js";
export type { ProposalInput } from "./core/admission/input.js";
export {
  type Check,
  type CheckDescription,
  type CheckResult,
  defineCheck,
  PASSED,
  refused,
} from "./core/checks/check.js";
export type { ArmCount } from "./core/game/arms.js";
export type { RewardVariant, TaskOutcome } from "./core/game/rewards/variant.js";
export type { AnswerType, FreeAnswerType } from "./core/records/answer.js";
export type { Document, Fact, Segment, SnapshotInfo, Split } from "./core/records/document.js";
export type { Episode } from "./core/records/episode.js";
export type { Finding, ReasonCode, Refused } from "./core/records/finding.js";
export type { LossSpec, OptimSpec } from "./core/records/loss.js";
export type { StepMetrics } from "./core/records/metrics.js";
export type { ChatMessage, Prompt } from "./core/records/prompt.js";
export type { Candidate, Task, TaskFormat } from "./core/records/task.js";
