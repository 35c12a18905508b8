import { existsSync } from "node:fs";
import { type ConnectOptions, connectTrainer, identifyTrainer } from "../../adapters/grpc/connect.js";
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
import { requireSuitable } from "../../app/trainer/suitable.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import type { TrainerUse } from "../../core/trainer/needs.js";
import { Cleanup } from "../terminal/cleanup.js";
import type { Output } from "../terminal/output.js";
import { modelFolder } from "./model-folder.js";

/**
 * A connected trainer, and everything that was started for it. Disposing ends all of it.
 */
export interface ComposedTrainer extends AsyncDisposable {
  readonly trainer: Trainer;
  readonly telemetry: Telemetry;
}

export interface TrainerOptions {
  readonly output: Output;
  readonly logger: Logger;
  /** File that the stderr of a sidecar is appended to. */
  readonly logPath: string;
  /** Where a sidecar keeps checkpoints; null: it saves none. */
  readonly checkpointRoot: string | null;
  readonly clientName: string;
  /**
   * What the trainer is for: before the model is loaded, its declaration is compared with what the
   * experiment needs for this use. `compare` needs nothing. @default "train"
   */
  readonly use?: TrainerUse | "compare";
  readonly signal: AbortSignal;
  readonly onProgress: (phase: string, done: number, total: number) => void;
}

const SILENT: Telemetry = { drain: async () => ({}) };

/**
 * The trainer that the experiment names: a trainer that runs already (`trainer.address`), or a
 * sidecar that is started here, with its event stream.
 */
export async function composeTrainer(
  experiment: Experiment,
  options: TrainerOptions,
): Promise<ComposedTrainer> {
  const { output, logger, clientName, signal, onProgress } = options;
  const { address, tls } = experiment.trainer;
  const { use = "train" } = options;
  const check: NonNullable<ConnectOptions["check"]> = (found) => {
    if (use !== "compare") requireSuitable(experiment, use, found);
  };
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
          ...{ address, token, tls, open, check, clientName, signal, onProgress },
          onWarning: (message) => output.note(`warning: ${message}`),
        }),
      );
      return { trainer, telemetry: SILENT, [Symbol.asyncDispose]: () => cleanup.run() };
    }
    const events = await openEvents(options);
    if (events !== null) cleanup.use(events);
    const source = await trainerSource();
    const python = await findInterpreter(source.root, experiment.trainer.kind, process.env);
    // Noted before the start: a start that hangs would otherwise leave this log empty.
    logger.info("starting sidecar", { backend: experiment.trainer.kind, python, log: options.logPath });
    const sidecar = cleanup.use(
      await startSidecar({
        python,
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
    const model = await modelFolder(experiment, source, output, signal);
    const trainer = cleanup.use(
      await connectTrainer({
        address: sidecar.address,
        token,
        open: { ...open, model },
        check,
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

/**
 * Make sure that a trainer can be started, or that a trainer answers at the configured address.
 * This is asked before anything is written.
 */
export async function requireTrainer({ trainer }: Experiment): Promise<void> {
  if (trainer.address === null) {
    const { root } = await trainerSource();
    await findInterpreter(root, trainer.kind, process.env);
    await withSampler(root, trainer.kind, process.env);
  } else await identifyTrainer(trainer.address, trainerToken(), AbortSignal.timeout(10_000), trainer.tls);
}

/**
 * The bearer token of a trainer that was started elsewhere. A secret comes from the environment
 * only.
 */
const trainerToken = (): string | null => process.env["SPICE_TRAINER_TOKEN"]?.trim() || null;

/**
 * The event stream has numbers for people. When it cannot be opened, the run goes on without it.
 */
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
