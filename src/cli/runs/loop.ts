import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../../adapters/clock/system-clock.js";
import type { ConsoleSink } from "../../adapters/console/console-sink.js";
import { fileLogger } from "../../adapters/console/pino-logger.js";
import { sha256 } from "../../adapters/hash/sha256.js";
import { EXIT, type ExitCode, SpiceError } from "../../app/errors.js";
import type { MetricSink } from "../../app/ports/output.js";
import { type TrainSummary, train } from "../../app/training/train.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import type { SinkRun } from "../../core/own-code/definitions.js";
import { knownSecrets, redact } from "../../core/runs/redaction.js";
import { counted } from "../../core/text/counted.js";
import { adviceText } from "../../web/report/summary.js";
import { composeSinks } from "../compose/own-code.js";
import { composeTrainer } from "../compose/trainer.js";
import { composeOpinions } from "../compose/verifiers.js";
import type { Output } from "../terminal/output.js";
import type { Command } from "../terminal/perform.js";
import { trainerProgress } from "../terminal/progress.js";
import { interceptSignals, type Signals } from "../terminal/signals.js";
import { type RunAttempt, reopenRun } from "./attempt.js";
import { conclude, writeReport } from "./conclude.js";
import { causeOfLoss, whereItGoesOn } from "./lost-trainer.js";
import { trainerFacts } from "./provenance.js";
import { RestartPolicy } from "./trainer-loss.js";

/** What `runTraining` needs beside the run. */
export interface TrainingOptions {
  readonly command: Command;
  /** Where progress is shown. */
  readonly progress: ConsoleSink;
  /** Stop after this step; null for the end of the run. */
  readonly maxSteps: number | null;
}

/**
 * Work on a run until it is finished or stopped, or fails; then write the report. The run directory
 * is valid in every case. A lost trainer is started again, and the run goes on as after `--resume`.
 */
export async function runTraining(
  begun: RunAttempt,
  options: TrainingOptions,
): Promise<ExitCode | undefined> {
  const { output } = options.command;
  using signals = interceptSignals(output, true);
  const restarts = new RestartPolicy(begun.experiment.trainer.maxRestarts);
  let attempt = begun;
  const beganAt = systemClock.iso();
  let summary: TrainSummary | null = null;
  try {
    while (summary === null) {
      try {
        summary = await work(attempt, options, signals);
      } catch (error) {
        const pause =
          signals.exitCode() === null ? restarts.pauseAfter(error, attempt.store.committed) : null;
        await noteFailure(error, attempt, signals);
        if (pause === null) {
          await reportFailure(attempt, output);
          throw error;
        }
        output.note(await causeOfLoss(error as SpiceError, attempt));
        await sleep(pause, undefined, { signal: signals.signal }).catch(() => undefined);
        attempt = await reopenRun(attempt);
        output.note(await whereItGoesOn(attempt, restarts.inRow));
        options.progress.restart();
      }
    }
    const finished = attempt.store.committed >= attempt.experiment.steps;
    if (!finished && summary.finished)
      await attempt.store.setStatus(
        "interrupted",
        `stopped after step ${attempt.store.committed}, as --max-steps asked`,
      );
    const trained = await conclude(attempt, summary, { finished, beganAt }, output);
    if (finished && !trained) return EXIT.guard;
  } finally {
    await attempt.store[Symbol.asyncDispose]();
    await attempt.own[Symbol.asyncDispose]();
  }
  return signals.exitCode() ?? undefined;
}

/** Train with one trainer: from its start to the end of the run, or until the trainer is lost. */
async function work(
  { store, corpus, evaluations, warmupMaterial, contradicted, own, experiment: whole }: RunAttempt,
  { command, progress, maxSteps }: TrainingOptions,
  signals: Signals,
): Promise<TrainSummary> {
  const { output } = command;
  const logPath = join(store.logs, "orchestrator.log");
  command.logAt(logPath);
  const trainerLog = join(store.logs, "trainer.log");
  // A trainer that runs already writes its log elsewhere.
  if (whole.trainer.address === null) command.logAt(trainerLog, "trainer");
  const logger = fileLogger(logPath, output.verbosity > 1 ? "debug" : "info", knownSecrets(process.env));
  // --max-steps does not change the configuration of the run: the run can be resumed to its end.
  const experiment = { ...whole, steps: Math.min(whole.steps, maxSteps ?? Number.POSITIVE_INFINITY) };
  progress.expect(whole.steps);
  if (contradicted.length > 0)
    output.note(
      `${whole.warmup.pairs}: ${counted(contradicted.length, "pair")} left out that contradict their texts or each other (${contradicted.length === 1 ? "line" : "lines"} ${contradicted.slice(0, 5).join(", ")})`,
    );
  progress.line(
    `${output.err("bold", store.id)}${store.committed > 0 ? `, from step ${store.committed}` : ""}`,
  );
  try {
    await using others = await composeOpinions(experiment, output, signals.signal);
    await using sinks = await composeSinks(own, sinkRun(store, experiment), output);
    progress.progress("starting the trainer", 0, 0);
    await using composed = await composeTrainer(experiment, {
      output,
      logger,
      logPath: trainerLog,
      checkpointRoot: store.weightsRoot,
      clientName: `spice ${store.id}`,
      signal: signals.signal,
      onProgress: trainerProgress(progress),
    });
    const { trainer, telemetry } = composed;
    await store.audit("trainer", trainerFacts(trainer));
    if (own.records.length > 0) await store.audit("own_code", { modules: own.records });
    const sink: MetricSink = {
      progress: (...report) => progress.progress(...report),
      step: (metrics) => {
        progress.step(metrics);
        output.document("spice.step/1", metrics);
        sinks.step(metrics);
        logger.info("step", metrics);
      },
    };
    const deps = {
      experiment,
      trainer,
      corpus,
      store,
      sink,
      telemetry,
      clock: systemClock,
      logger,
      hash: sha256,
      evaluations,
      warmupMaterial,
      own: own.code,
      ...others.opinions,
    };
    return await train(deps, { signal: signals.signal, stopRequested: signals.stopRequested });
  } finally {
    progress.clear();
  }
}

/**
 * The report of a failed run says why the run failed. The first error stays the one that is shown.
 */
async function reportFailure(attempt: RunAttempt, output: Output): Promise<void> {
  if (attempt.store.committed === 0) return;
  const written = await writeReport(attempt).catch(() => null);
  if (written === null) return;
  const { data, report } = written;
  if (data.facts.trainedSteps === 0) {
    output.note(data.learning.sentence);
    for (const one of data.advice) output.note(adviceText(one));
  }
  output.note(`report  ${report}`);
}

function sinkRun({ id, directory, committed }: RunAttempt["store"], { name }: Experiment): SinkRun {
  return { id, name, directory: resolve(directory), committed };
}

async function noteFailure(error: unknown, { store }: RunAttempt, signals: Signals): Promise<void> {
  const stopped = signals.exitCode() !== null && error instanceof SpiceError && error.code === "INTERRUPTED";
  const said = error instanceof SpiceError ? `${error.code}: ${error.message}` : String(error);
  const detail = redact(said, knownSecrets(process.env));
  // The disk may have failed too. The first error is reported.
  await store.setStatus(stopped ? "interrupted" : "failed", detail).catch(() => undefined);
}
