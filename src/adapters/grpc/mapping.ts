import type {
  Capabilities,
  CheckpointInfo,
  FinishReason,
  ModelInfo,
  PolicyVersion,
  RoleStats,
  TrainOutcome,
} from "../../app/ports/trainer.js";
import type { Prompt } from "../../core/records/prompt.js";
import type { CheckpointInfo as CheckpointMessage } from "../../gen/spice/trainer/v1/checkpoints.js";
import { LogprobSource, SequenceRole } from "../../gen/spice/trainer/v1/common.js";
import {
  Determinism,
  type GetCapabilitiesResponse,
  type ModelInfo as ModelMessage,
  SeedSupport,
} from "../../gen/spice/trainer/v1/info.js";
import { CorrectionKind, LossKind } from "../../gen/spice/trainer/v1/losses.js";
import type { RoleStatistics, TrainStepResult } from "../../gen/spice/trainer/v1/results.js";
import { FinishReason as FinishMessage } from "../../gen/spice/trainer/v1/sampling.js";
import type { Prompt as PromptMessage } from "../../gen/spice/trainer/v1/tokens.js";
import type { PolicyVersion as VersionMessage } from "../../gen/spice/trainer/v1/versions.js";

/** A conversation or raw text, as the contract spells it. */
export function promptMessage(prompt: Prompt): PromptMessage {
  return prompt.kind === "chat"
    ? {
        form: {
          $case: "chat",
          value: { messages: prompt.messages.map(({ role, content }) => ({ role, content })) },
        },
      }
    : { form: { $case: "text", value: prompt.text } };
}

export function modelInfo(message: ModelMessage): ModelInfo {
  const {
    name,
    maxContextTokens,
    computeDtype,
    device,
    modelFingerprint,
    tokenizerFingerprint,
    tokenizerPath,
  } = message;
  return {
    name,
    parameters: Number(message.parameters),
    trainableParameters: Number(message.trainableParameters),
    maxContextTokens,
    computeDtype,
    device,
    modelFingerprint,
    tokenizerFingerprint,
    tokenizerPath,
  };
}

/** Names of enum values, in lower case. */
const names = (type: Record<number, string>, values: readonly number[]): string[] =>
  values.map((value) => (type[value] ?? `unknown_${value}`).toLowerCase());

export function capabilities(message: GetCapabilitiesResponse): Capabilities {
  const { training, sampling } = message;
  const seeds = (SeedSupport[sampling?.seedSupport ?? 0] ?? "").toLowerCase();
  return {
    backend: message.backend,
    losses: names(LossKind, training?.losses ?? []),
    corrections: names(CorrectionKind, training?.corrections ?? []),
    samplingParameters: sampling?.parameters ?? [],
    logprobSource: sampling?.logprobSource === LogprobSource.EMITTED ? "emitted" : "recomputed",
    seedSupport: seeds === "bitwise" || seeds === "best_effort" ? seeds : "none",
    determinism: Determinism[message.determinism] ?? "unspecified",
    maxSamplesPerPrompt: sampling?.maxSamplesPerPrompt ?? 0,
    maxInFlightSamples: sampling?.maxInFlightSamples ?? 0,
    versions: message.versions,
    hardware: message.hardware,
  };
}

export function policyVersion(message: VersionMessage | undefined): PolicyVersion {
  if (message === undefined) throw new RangeError("the trainer sent no policy version where one was due");
  return { version: message.version, parentStep: message.parentStep, digest: message.digest };
}

export function checkpointInfo(message: CheckpointMessage | undefined): CheckpointInfo {
  if (message === undefined) throw new RangeError("the trainer sent no checkpoint where one was due");
  return { path: message.path, step: message.step, digest: message.digest, bytes: Number(message.bytes) };
}

export function trainOutcome({
  forwardBackward: gradient,
  optimStep: update,
}: TrainStepResult): TrainOutcome {
  if (gradient === undefined || update === undefined)
    throw new RangeError("the trainer sent half of a training step's result");
  return {
    loss: gradient.loss,
    nonFinite: gradient.nonFinite,
    stats: Object.fromEntries(gradient.statistics.map((one) => [roleName(one.role), roleStats(one)])),
    tokens: Number(gradient.tokens),
    microbatches: gradient.microbatches,
    secondsForward: gradient.forwardSeconds,
    secondsBackward: gradient.backwardSeconds,
    peakMemoryBytes: Number(gradient.peakMemoryBytes),
    step: update.step,
    gradNorm: update.gradNorm,
    skipped: update.skipped,
    secondsOptimizer: update.seconds,
  };
}

const roleName = (role: SequenceRole): string =>
  role === SequenceRole.UNSPECIFIED ? "all" : SequenceRole[role].toLowerCase();

function roleStats({ role: _, extras, tokens, ...numbers }: RoleStatistics): RoleStats {
  return { ...numbers, tokens: Number(tokens), ...extras };
}

const FINISH: Readonly<Record<FinishMessage, FinishReason>> = {
  [FinishMessage.UNSPECIFIED]: "error",
  [FinishMessage.STOP_TOKEN]: "stop_token",
  [FinishMessage.STOP_STRING]: "stop_string",
  [FinishMessage.LENGTH]: "length",
  [FinishMessage.CONTEXT]: "context",
  [FinishMessage.ABORTED]: "aborted",
  [FinishMessage.ERROR]: "error",
};

/** A reason this build does not know counts as an engine failure: such a sample is never judged. */
export const finishReason = (message: FinishMessage): FinishReason => FINISH[message] ?? "error";
