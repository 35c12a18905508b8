import { randomUUID } from "node:crypto";
import type { Channel } from "nice-grpc";
import { Status } from "nice-grpc-common";
import { SpiceError } from "../../app/errors.js";
import type { OpenOptions, Trainer } from "../../app/ports/trainer.js";
import type { TrainerTls } from "../../core/experiment/experiment.js";
import { counted } from "../../core/text/counted.js";
import type { Declared } from "../../core/trainer/needs.js";
import { ComputeDtype } from "../../gen/spice/trainer/v1/info.js";
import { linkedController } from "./abort.js";
import { withRetry } from "./calls.js";
import { openChannel } from "./channel.js";
import { type Clients, createClients, TIMEOUT_MS } from "./clients.js";
import { TrainerError } from "./errors.js";
import { handshake, wantsTls } from "./handshake.js";
import { startHeartbeat } from "./heartbeat.js";
import { capabilities, declaredBy, modelInfo } from "./mapping.js";
import { protocol, resultOf } from "./operations.js";
import { daysLeft, readTls, tlsError } from "./tls.js";
import { GrpcTrainer } from "./trainer.js";

const PROTOCOL = "spice.trainer.v1";
const LEASE_SECONDS = 30;

const DTYPES = {
  auto: ComputeDtype.UNSPECIFIED,
  float32: ComputeDtype.FLOAT32,
  bfloat16: ComputeDtype.BFLOAT16,
} as const;

/** Options of `connectTrainer`. */
export interface ConnectOptions {
  /** `host:port` or `unix:///path`. */
  readonly address: string;
  /** Bearer token; null for a trainer that needs no token. */
  readonly token: string | null;
  /**
   * Files of mutual TLS. Without them, only a trainer on this machine can be reached. @default null
   */
  readonly tls?: TrainerTls | null;
  /** Called when a certificate of the connection ends within 14 days. */
  readonly onWarning?: (message: string) => void;
  readonly open: OpenOptions;
  /**
   * Called with the trainer's declaration before the session is opened, so before the model is
   * loaded. What it throws ends the connection.
   */
  readonly check?: (trainer: { readonly backend: string; readonly declared: Declared }) => void;
  /** Name of this client, for the log of the trainer. */
  readonly clientName: string;
  /** Aborts when the trainer's process ends. All calls then reject with its reason. */
  readonly lifetime?: AbortSignal;
  readonly signal?: AbortSignal;
  /** Called with the phase of a long operation: loading, training or saving. */
  readonly onProgress?: (phase: string, done: number, total: number) => void;
}

/** The trainer that answers at an address. */
export interface TrainerIdentity {
  readonly protocol: string;
  readonly version: string;
  readonly backend: string;
  readonly instanceId: string;
}

/**
 * Connects to a trainer, checks its protocol, opens a session, loads the model, and renews the
 * lease until disposal.
 *
 * @throws SpiceError `TRAINER_UNREACHABLE`, `TRAINER_VERSION`, `TRAINER_TLS_NEEDED` (exit 3),
 * `TRAINER_ADDRESS` (exit 2), the errors of `readTls` and `handshake`, or `TrainerError`
 */
export async function connectTrainer(options: ConnectOptions): Promise<Trainer> {
  const { address, token, open, tls = null, onProgress = () => undefined } = options;
  // The heartbeat also aborts this controller, when the session is lost. The controller is not
  // disposed, because it lasts as long as the connection.
  const ended = linkedController(options.lifetime);
  const lifetime = ended.signal;
  const { channel, secured } = await channelTo(address, tls, options.signal ?? lifetime);
  for (const warning of secured) options.onWarning?.(warning);
  const clients = createClients(channel, token, lifetime);
  try {
    using waiting = linkedController(options.signal, lifetime);
    const { signal } = waiting;
    await identify(clients, address, signal);
    const declared = await withRetry(
      () => clients.info.getCapabilities({}, { timeoutMs: TIMEOUT_MS.read, signal }),
      signal,
    );
    options.check?.({ backend: declared.backend, declared: declaredBy(declared) });
    const request = openRequest(open, options.clientName);
    const opened = await withRetry(
      () => clients.session.open(request, { timeoutMs: TIMEOUT_MS.mutate, signal }),
      signal,
    );
    const { sessionId, epoch, leaseSeconds } = opened;
    const heartbeat = startHeartbeat(clients, {
      sessionId,
      epoch,
      leaseSeconds,
      onLost: (error) => ended.abort(error),
    });
    try {
      const result = await resultOf(clients, opened.operation, "open", { signal, onProgress });
      if (result.model === undefined) throw protocol("Open returned no model");
      return new GrpcTrainer({
        clients,
        channel,
        sessionId,
        epoch,
        step: result.step,
        model: modelInfo(result.model),
        capabilities: capabilities(declared),
        maxQueuedSamples: declared.sampling?.maxQueuedSamples ?? 0,
        heartbeat,
        lifetime,
        onProgress,
      });
    } catch (error) {
      await heartbeat[Symbol.asyncDispose]();
      await clients.session
        .close({ sessionId, epoch }, { timeoutMs: TIMEOUT_MS.read })
        .catch(() => undefined);
      throw error;
    }
  } catch (error) {
    channel.close();
    throw error;
  }
}

/**
 * Asks which trainer answers at an address, without opening a session. `spice doctor` uses this.
 */
export async function identifyTrainer(
  address: string,
  token: string | null,
  signal: AbortSignal,
  tls: TrainerTls | null = null,
): Promise<TrainerIdentity> {
  const { channel } = await channelTo(address, tls, signal);
  try {
    return await identify(createClients(channel, token, signal), address, signal);
  } finally {
    channel.close();
  }
}

/**
 * Opens a channel. With TLS, a separate handshake comes first, because it explains why an encrypted
 * connection fails. `secured`: warnings about certificates that end soon.
 */
async function channelTo(
  address: string,
  files: TrainerTls | null,
  signal: AbortSignal,
): Promise<{ channel: Channel; secured: readonly string[] }> {
  if (files === null) return { channel: openChannel(address, null), secured: [] };
  const now = new Date();
  const tls = await readTls(files, now);
  const channel = openChannel(address, tls);
  const ends: [whose: string, at: Date][] = [["This side's", tls.ends]];
  try {
    const shown = await handshake(address, tls, signal);
    if (shown.kind === "refused") throw shown.error;
    if (shown.kind === "accepted") ends.push(["The trainer's", shown.ends]);
  } catch (error) {
    channel.close();
    throw error;
  }
  const secured = ends.flatMap(([whose, at]) => {
    const days = daysLeft(at, now);
    return days === null
      ? []
      : [`${whose} TLS certificate ends in ${counted(days, "day")}, on ${at.toISOString()}.`];
  });
  return { channel, secured };
}

async function identify(clients: Clients, address: string, signal: AbortSignal): Promise<TrainerIdentity> {
  try {
    const info = await withRetry(
      () => clients.info.getInfo({}, { timeoutMs: TIMEOUT_MS.read, signal }),
      signal,
    );
    if (info.protocol !== PROTOCOL)
      throw wrongVersion(address, `uses ${info.protocol || "an unnamed protocol"}`);
    return {
      protocol: info.protocol,
      version: info.version,
      backend: info.backend,
      instanceId: info.instanceId,
    };
  } catch (error) {
    if (!(error instanceof TrainerError)) throw error;
    if (error.failure.code === Status.UNIMPLEMENTED) throw wrongVersion(address, "has no Info service");
    if (error.failure.code === Status.UNAVAILABLE)
      throw (await wantsTls(address, signal)) ? encrypted(address, error) : unreachable(address, error);
    throw error;
  }
}

function openRequest(open: OpenOptions, clientName: string) {
  return {
    openKey: randomUUID(),
    clientName,
    model: open.model,
    seed: BigInt(open.seed),
    lora:
      open.lora === null ? undefined : { rank: open.lora.rank, alpha: open.lora.alpha, targetModules: [] },
    computeDtype: DTYPES[open.computeDtype],
    maxContextTokens: open.maxContextTokens,
    engineJson: JSON.stringify(open.engine),
    leaseSeconds: LEASE_SECONDS,
    takeOver: false,
  };
}

function unreachable(address: string, cause: TrainerError): SpiceError {
  return new SpiceError(`No trainer answers at ${address}.`, {
    code: "TRAINER_UNREACHABLE",
    boundary: "trainer",
    where: "trainer.address",
    hint: "Start it with `spice trainer serve`, or leave trainer.address empty, so that spice starts a trainer.",
    exit: 3,
    cause,
  });
}

function encrypted(address: string, cause: TrainerError): SpiceError {
  return tlsError("TRAINER_TLS_NEEDED", `The trainer at ${address} requires TLS.`, {
    where: address,
    hint: "Set trainer.tls to the files of its authority and of a certificate that it accepts (docs/security.md).",
    exit: 3,
    cause,
  });
}

function wrongVersion(address: string, what: string): SpiceError {
  return new SpiceError(`The server at ${address} ${what}; this orchestrator needs ${PROTOCOL}.`, {
    code: "TRAINER_VERSION",
    boundary: "trainer",
    where: "trainer.address",
    hint: "Run the trainer of the same release: `spice trainer install`, then `spice trainer serve`.",
    exit: 3,
  });
}
