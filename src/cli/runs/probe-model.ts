import { systemClock } from "../../adapters/clock/system-clock.js";
import type { ConsoleSink } from "../../adapters/console/console-sink.js";
import { sha256 } from "../../adapters/hash/sha256.js";
import { SpiceError } from "../../app/errors.js";
import { NO_LOG } from "../../app/ports/output.js";
import type { Trainer } from "../../app/ports/trainer.js";
import { type ProbeReport, probe } from "../../app/runs/probe.js";
import { pickPlayed } from "../../app/self-play/documents.js";
import { warmup, warmupReport } from "../../app/training/warmup.js";
import { differingSettings } from "../../config/explain.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import { counted } from "../../core/text/counted.js";
import { composeCorpus, withSnapshot } from "../compose/corpus.js";
import { composeEvaluations } from "../compose/evaluations.js";
import { resolveModel } from "../compose/model-of-run.js";
import { composeOwnCode, withoutSinks } from "../compose/own-code.js";
import { composeTrainer } from "../compose/trainer.js";
import { type ComposedWarmup, composeWarmup } from "../compose/warmup.js";
import type { Command } from "../terminal/perform.js";
import { trainerProgress } from "../terminal/progress.js";
import { interceptSignals } from "../terminal/signals.js";
import { changesAfter, isWarm, type NotTried } from "./probe-changes.js";
import { withTrialLog } from "./trial-log.js";

/** Settings that were tried, and what came of them. */
export interface Tried {
  /** Changes of the configuration, as `path=value`; empty for the configuration as it is. */
  readonly settings: readonly string[];
  readonly report: ProbeReport;
  /** Seconds of the warm start before the step; 0 without a warm start. */
  readonly warmupSeconds: number;
}

/** What came of a probe. */
export interface Probed {
  /** The configuration as it is comes first. */
  readonly tried: readonly Tried[];
  readonly notTried: readonly NotTried[];
}

export interface ProbeOptions {
  readonly experiment: Experiment;
  /** Documents of the step. @default those of a step of the experiment, 16 at most */
  readonly documents?: number | undefined;
  /** Largest number of changes that are tried. @default 2 */
  readonly tries?: number | undefined;
  /** The warm start of the experiment, when it was composed already. */
  readonly start?: ComposedWarmup | null;
  /** Resolves the configuration again with more settings. */
  readonly changed: (settings: readonly string[]) => Promise<Experiment>;
  readonly command: Command;
  readonly progress: ConsoleSink;
}

/** Documents of a probe when a step has more. */
const MOST_DOCUMENTS = 16;
/** Changes that a probe tries when nothing else is said. */
const DEFAULT_TRIES = 2;

/** A probe as a document for programs, without the episodes. */
export function probeDocument({ tried, notTried }: Probed) {
  const plain = tried.map(({ report: { episodes: _, ...report }, ...rest }) => ({ ...rest, ...report }));
  return { tried: plain, notTried };
}

/**
 * Tries a configuration with its model: the warm start, if there is one, then one step on documents
 * of self-play. When too few proposals are admitted, the changes that the result suggests are tried
 * on the same documents, those with a warm start last, because a warm start changes the weights.
 * Nothing is kept.
 */
export async function probeModel(options: ProbeOptions): Promise<Probed> {
  const { command } = options;
  using signals = interceptSignals(command.output, false);
  const { signal } = signals;
  await using resolved = await resolveModel(options.experiment, command.output, signal, "command");
  const experiment = await withSnapshot(resolved.experiment);
  const { documents = Math.min(MOST_DOCUMENTS, experiment.challenger.documentsPerStep) } = options;
  const { tries = DEFAULT_TRIES, start = await composeFor(experiment) } = options;
  return await withTrialLog("probe", command.output, (logPath) =>
    tryConfigurations(
      { ...options, experiment, model: options.experiment.model, documents, tries, start },
      logPath,
      signal,
    ),
  );
}

/** The warm start of an experiment; null without one. */
async function composeFor(experiment: Experiment): Promise<ComposedWarmup | null> {
  return await composeWarmup(experiment, await composeCorpus(experiment));
}

/** The options of a probe with their defaults. */
type WholeOptions = ProbeOptions & {
  /** The model as configured: `run:<run>` is no folder. */
  readonly model: Experiment["model"];
  readonly documents: number;
  readonly tries: number;
  readonly start: ComposedWarmup | null;
};

async function tryConfigurations(
  options: WholeOptions,
  logPath: string,
  signal: AbortSignal,
): Promise<Probed> {
  const { experiment, command, progress } = options;
  progress.progress("starting the trainer", 0, 0);
  await using composed = await composeTrainer(experiment, {
    output: command.output,
    logger: NO_LOG,
    logPath,
    checkpointRoot: null,
    clientName: "spice probe",
    use: "try",
    signal,
    onProgress: trainerProgress(progress),
  });
  const { trainer } = composed;
  const tried: Tried[] = [];
  const notTried: NotTried[] = [];
  const attempt = async (
    changed: Experiment,
    settings: readonly string[],
    start: ComposedWarmup | null,
  ): Promise<Tried> => {
    const warmupSeconds = start === null ? 0 : await warmStart(trainer, changed, start, progress, signal);
    const result = { settings, warmupSeconds, report: await oneStep(trainer, changed, options, signal) };
    tried.push(result);
    return result;
  };
  // Advice differs for weights of a run, so the step has the model's name as configured.
  const first = await attempt({ ...experiment, model: options.model }, [], options.start);
  const changes = changesAfter(first.report, experiment);
  // With --tries 0 nobody asks why nothing was tried.
  if (options.tries > 0) notTried.push(...changes.notTried);
  for (const settings of changes.candidates) {
    if (tried.length > options.tries) {
      if (options.tries > 0) notTried.push({ settings, why: usedUp(options.tries) });
      continue;
    }
    try {
      const changed = await options.changed(settings);
      if (differingSettings(experiment, changed).every(({ path }) => path === "model.id"))
        notTried.push({ settings, why: "The configuration has these values already." });
      else await attempt(changed, settings, isWarm(settings) ? await composeFor(changed) : null);
    } catch (error) {
      // The first result stands. A change may not fit the documents, for example one file alone.
      if (!(error instanceof SpiceError) || signal.aborted) throw error;
      notTried.push({ settings, why: error.message });
    }
  }
  progress.clear();
  return { tried, notTried };
}

const usedUp = (tries: number): string =>
  `${counted(tries, "change")} ${tries === 1 ? "was" : "were"} tried, and --tries allows no more.`;

async function warmStart(
  trainer: Trainer,
  experiment: Experiment,
  { material }: ComposedWarmup,
  progress: ConsoleSink,
  signal: AbortSignal,
): Promise<number> {
  const began = systemClock.now();
  await warmup(trainer, material, experiment, warmupReport(progress), signal);
  await trainer.publish(signal);
  return (systemClock.now() - began) / 1000;
}

async function oneStep(
  trainer: Trainer,
  experiment: Experiment,
  { documents, command, progress }: WholeOptions,
  signal: AbortSignal,
): Promise<ProbeReport> {
  const corpus = await composeCorpus(experiment);
  const segments = await pickPlayed(corpus, experiment, documents, 0, [experiment.seed, 0, "probe"]);
  const evaluations = await composeEvaluations(experiment);
  progress.progress("documents", 0, segments.length);
  await using own = await composeOwnCode(withoutSinks(experiment), command.output);
  const deps = {
    experiment,
    trainer,
    hash: sha256,
    clock: systemClock,
    evaluations,
    own: own.code,
    signal,
    progress: (done: number, total: number) => progress.progress("documents", done, total),
  };
  // The threads of the code end after the step.
  return await probe(deps, segments, 0);
}
