import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { openCorpus, type SnapshotCorpus } from "../../adapters/corpus-store/open-corpus.js";
import { connectTrainer, identifyTrainer } from "../../adapters/grpc/connect.js";
import { findInterpreter, withSampler } from "../../adapters/install/environments.js";
import { trainerSource } from "../../adapters/python/source.js";
import { startSidecar } from "../../adapters/sidecar/process.js";
import {
  type EventStream,
  openEventStream,
  type TrainerEvent,
} from "../../adapters/trainer-events/events.js";
import type { Logger, Telemetry } from "../../app/ports/output.js";
import type { Trainer } from "../../app/ports/trainer.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import type { Segment } from "../../core/records/document.js";
import { Cleanup } from "../terminal/cleanup.js";
import type { Output } from "../terminal/output.js";

/** A connected trainer with everything that had to be started for it; disposing takes it all down. */
export interface ComposedTrainer extends AsyncDisposable {
  readonly trainer: Trainer;
  readonly telemetry: Telemetry;
}

export interface TrainerOptions {
  readonly output: Output;
  readonly logger: Logger;
  /** Where a sidecar's stderr goes. */
  readonly logPath: string;
  /** Where a sidecar keeps checkpoints; null: it saves none. */
  readonly checkpointRoot: string | null;
  readonly clientName: string;
  readonly signal: AbortSignal;
  readonly onProgress: (phase: string, done: number, total: number) => void;
}

const SILENT: Telemetry = { drain: () => ({}) };

/** The trainer that the experiment names: one that runs already, or a sidecar of our own with its event stream. */
export async function composeTrainer(
  experiment: Experiment,
  options: TrainerOptions,
): Promise<ComposedTrainer> {
  const { output, logger, clientName, signal, onProgress } = options;
  const { address, tls } = experiment.trainer;
  const cleanup = new Cleanup();
  try {
    const open = {
      model: experiment.model.id,
      seed: experiment.seed,
      lora: experiment.model.lora,
      computeDtype: experiment.model.computeDtype,
      maxContextTokens: experiment.model.maxContextTokens,
      engine: experiment.trainer.engine,
    };
    if (address !== null) {
      const token = trainerToken();
      const trainer = cleanup.use(
        await connectTrainer({
          ...{ address, token, tls, open, clientName, signal, onProgress },
          onWarning: (message) => output.note(`warning: ${message}`),
        }),
      );
      return { trainer, telemetry: SILENT, [Symbol.asyncDispose]: () => cleanup.run() };
    }
    const events = await openEvents(options);
    if (events !== null) cleanup.use(events);
    const source = await trainerSource();
    const sidecar = cleanup.use(
      await startSidecar({
        python: await findInterpreter(source.root, experiment.trainer.kind, process.env),
        source,
        backend: experiment.trainer.kind,
        logPath: options.logPath,
        environment: await withSampler(source.root, experiment.trainer.kind, process.env),
        offline: existsSync(experiment.model.id),
        signal,
        ...(events === null ? {} : { eventsAddress: events.address }),
        ...(options.checkpointRoot === null ? {} : { checkpointRoot: options.checkpointRoot }),
      }),
    );
    logger.info("sidecar started", { pid: sidecar.pid, address: sidecar.address, version: sidecar.version });
    output.detail(
      `Trainer ${experiment.trainer.kind} ${sidecar.version}, pid ${sidecar.pid}, ${sidecar.address}, log ${sidecar.logPath}`,
    );
    const { lifetime, token } = sidecar;
    const trainer = cleanup.use(
      await connectTrainer({
        address: sidecar.address,
        token,
        open,
        clientName,
        lifetime,
        signal,
        onProgress,
      }),
    );
    return { trainer, telemetry: events ?? SILENT, [Symbol.asyncDispose]: () => cleanup.run() };
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}

/** Whether there is a trainer to start, or one that answers at the configured address: asked before anything is written. */
export async function requireTrainer({ trainer }: Experiment): Promise<void> {
  if (trainer.address === null) {
    const { root } = await trainerSource();
    await findInterpreter(root, trainer.kind, process.env);
    await withSampler(root, trainer.kind, process.env);
  } else await identifyTrainer(trainer.address, trainerToken(), AbortSignal.timeout(10_000), trainer.tls);
}

/** The bearer token of a trainer that somebody else runs: a secret, so from the environment only. */
const trainerToken = (): string | null => process.env["SPICE_TRAINER_TOKEN"]?.trim() || null;

/** The event stream is for people: when it cannot be had, the run goes on without it, and says so. */
async function openEvents({ output, logger, onProgress }: TrainerOptions): Promise<EventStream | null> {
  const onEvent = (event: TrainerEvent) => {
    if (event.kind === "progress") onProgress(event.phase, event.done, event.total);
    if (event.kind === "lifecycle") logger.info(`trainer ${event.phase}`, { detail: event.detail });
    if (event.kind === "log") {
      logger[event.level](event.message, { logger: event.logger });
      if (event.level === "warn" || event.level === "error") output.detail(`trainer: ${event.message}`);
    }
  };
  try {
    return await openEventStream(onEvent);
  } catch (error) {
    logger.warn("no event stream", { error: String(error) });
    output.note("The trainer's event stream could not be opened; the run goes on without its live numbers.");
    return null;
  }
}

/** The snapshot that the experiment plays. */
export function composeCorpus({ corpus }: Experiment): Promise<SnapshotCorpus> {
  return openCorpus(corpus.store, corpus.snapshot, corpus, corpus.kinds);
}

/** Looks segments up in the corpus that a run played; finds none when that corpus is no longer there. */
export async function segmentFinder(
  experiment: Experiment,
): Promise<(id: string) => Promise<Segment | null>> {
  const corpus = await composeCorpus(experiment).catch(() => null);
  return async (id) => (corpus === null ? null : corpus.find(id));
}

/** Four letters and digits that keep two runs of the same second apart. */
export function randomSuffix(): string {
  return randomBytes(4).readUInt32LE().toString(36).padStart(4, "0").slice(-4);
}
