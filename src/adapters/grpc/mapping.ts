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
import type { Declared } from "../../core/trainer/needs.js";
import type { CheckpointInfo as CheckpointMessage } from "../../gen/spice/trainer/v1/checkpoints.js";
import { LogprobSource, SequenceRole } from "../../gen/spice/trainer/v1/common.js";
import {
  ComputeDtype,
  Determinism,
  type GetCapabilitiesResponse,
  type ModelInfo as ModelMessage,
  SeedSupport,
  Trainable,
} from "../../gen/spice/trainer/v1/info.js";
import {
  CorrectionKind,
  KlEstimator,
  LossKind,
  RatioBaseline,
  RatioLevel,
  ReferenceKind,
  SurrogateKind,
} from "../../gen/spice/trainer/v1/losses.js";
import type { RoleStatistics, TrainStepResult } from "../../gen/spice/trainer/v1/results.js";
import { FinishReason as FinishMessage } from "../../gen/spice/trainer/v1/sampling.js";
import type { Prompt as PromptMessage } from "../../gen/spice/trainer/v1/tokens.js";
import type { PolicyVersion as VersionMessage } from "../../gen/spice/trainer/v1/versions.js";

/** Converts a conversation or a raw text to the message of the contract. */
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

/** Converts the description of the model from the message of the contract. */
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

/**
 * Converts the capabilities from the message of the contract. Names of enum values become lower
 * case, and a missing value becomes 0, `none` or an empty list.
 */
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

/**
 * Converts what an experiment may need from a trainer from the message of the contract. Names of
 * enum values become lower case.
 */
export function declaredBy(message: GetCapabilitiesResponse): Declared {
  const { training, sampling } = message;
  const seeds = sampling?.seedSupport ?? SeedSupport.NONE;
  return {
    calls: message.methods.map((name) => name.replace(/^spice\.trainer\.v1\./, "")),
    trainable: names(Trainable, message.trainable),
    maxLoraRank: message.maxLoraRank,
    computeDtypes: names(ComputeDtype, message.computeDtypes),
    losses: names(LossKind, training?.losses ?? []),
    surrogates: names(SurrogateKind, training?.surrogates ?? []),
    ratios: names(RatioLevel, training?.ratios ?? []),
    ratioBaselines: names(RatioBaseline, training?.ratioBaselines ?? []),
    corrections: names(CorrectionKind, training?.corrections ?? []),
    klEstimators: names(KlEstimator, training?.klEstimators ?? []),
    klReferences: names(ReferenceKind, training?.klReferences ?? []),
    samplingParameters: sampling?.parameters ?? [],
    returns: sampling?.returns ?? [],
    seeds: SEEDS[seeds] ?? [],
    maxSamplesPerPrompt: sampling?.maxSamplesPerPrompt ?? 0,
  };
}

const SEEDS: Readonly<Record<number, readonly string[]>> = {
  [SeedSupport.BITWISE]: ["best_effort", "bitwise"],
  [SeedSupport.BEST_EFFORT]: ["best_effort"],
};

/**
 * Converts a policy version from the message of the contract. @throws RangeError when it is missing
 */
export function policyVersion(message: VersionMessage | undefined): PolicyVersion {
  if (message === undefined) throw new RangeError("the trainer sent no policy version in its answer");
  return { version: message.version, parentStep: message.parentStep, digest: message.digest };
}

/** Converts a checkpoint from the message of the contract. @throws RangeError when it is missing */
export function checkpointInfo(message: CheckpointMessage | undefined): CheckpointInfo {
  if (message === undefined) throw new RangeError("the trainer sent no checkpoint in its answer");
  return { path: message.path, step: message.step, digest: message.digest, bytes: Number(message.bytes) };
}

/**
 * Converts the result of a training step from the message of the contract.
 *
 * @throws RangeError when the result of the gradient or of the update is missing
 */
export function trainOutcome({
  forwardBackward: gradient,
  optimStep: update,
}: TrainStepResult): TrainOutcome {
  if (gradient === undefined || update === undefined)
    throw new RangeError("the result of a training step has no gradient or no update");
  return {
    loss: gradient.loss,
    nonFinite: gradient.nonFinite,
    stats: Object.fromEntries(
      gradient.statistics.map((statistics) => [roleName(statistics.role), roleStats(statistics)]),
    ),
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

/**
 * Converts the reason why a completion ended. An unknown reason counts as an engine failure, and
 * such a sample is never verified.
 */
export const finishReason = (message: FinishMessage): FinishReason => FINISH[message] ?? "error";
