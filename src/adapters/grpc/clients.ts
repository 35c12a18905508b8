import { type Channel, createClientFactory } from "nice-grpc";
import {
  type CheckpointServiceClient,
  CheckpointServiceDefinition,
} from "../../gen/spice/trainer/v1/checkpoint.js";
import { type InfoServiceClient, InfoServiceDefinition } from "../../gen/spice/trainer/v1/info.js";
import {
  type OperationsServiceClient,
  OperationsServiceDefinition,
} from "../../gen/spice/trainer/v1/operations.js";
import {
  type SamplingServiceClient,
  SamplingServiceDefinition,
} from "../../gen/spice/trainer/v1/sampling.js";
import { type ScoringServiceClient, ScoringServiceDefinition } from "../../gen/spice/trainer/v1/scoring.js";
import { type SessionServiceClient, SessionServiceDefinition } from "../../gen/spice/trainer/v1/session.js";
import { type TokensServiceClient, TokensServiceDefinition } from "../../gen/spice/trainer/v1/tokens.js";
import type { TrainingServiceClient } from "../../gen/spice/trainer/v1/training.js";
import { type WeightsServiceClient, WeightsServiceDefinition } from "../../gen/spice/trainer/v1/weights.js";
import { callGate, type TimedCall } from "./calls.js";
import { ChunkedTrainingDefinition } from "./chunk-codec.js";

/** One client for each service of the contract. */
export interface Clients {
  readonly info: InfoServiceClient<TimedCall>;
  readonly session: SessionServiceClient<TimedCall>;
  readonly tokens: TokensServiceClient<TimedCall>;
  readonly sampling: SamplingServiceClient<TimedCall>;
  readonly scoring: ScoringServiceClient<TimedCall>;
  readonly training: TrainingServiceClient<TimedCall>;
  readonly weights: WeightsServiceClient<TimedCall>;
  readonly checkpoint: CheckpointServiceClient<TimedCall>;
  readonly operations: OperationsServiceClient<TimedCall>;
}

/** Creates the clients. All of them use the middleware `callGate`. */
export function createClients(channel: Channel, token: string | null, lifetime: AbortSignal): Clients {
  const factory = createClientFactory().use<TimedCall>(callGate(token, lifetime));
  return {
    info: factory.create(InfoServiceDefinition, channel),
    session: factory.create(SessionServiceDefinition, channel),
    tokens: factory.create(TokensServiceDefinition, channel),
    sampling: factory.create(SamplingServiceDefinition, channel),
    scoring: factory.create(ScoringServiceDefinition, channel),
    training: factory.create(ChunkedTrainingDefinition, channel),
    weights: factory.create(WeightsServiceDefinition, channel),
    checkpoint: factory.create(CheckpointServiceDefinition, channel),
    operations: factory.create(OperationsServiceDefinition, channel),
  };
}

/** Deadlines in milliseconds. A long work is an operation, and several short calls wait for it. */
export const TIMEOUT_MS = {
  /** Calls that only read. */
  read: 5000,
  /** Tokenizing the prompts of a step. */
  tokens: 30_000,
  /** A call that changes state, without the transfer time of its data. */
  mutate: 30_000,
  /** One long poll. The trainer answers it after 30 s at the latest. */
  wait: 35_000,
  /**
   * A whole sampling call. A trainer that hangs is noticed earlier, because its keep-alive messages
   * are missing.
   */
  sample: 6 * 3600_000,
} as const;
