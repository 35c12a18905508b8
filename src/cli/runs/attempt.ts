import { randomBytes } from "node:crypto";
import { join, resolve } from "node:path";
import { systemClock } from "../../adapters/clock/system-clock.js";
import type { SnapshotCorpus } from "../../adapters/corpus-store/open-corpus.js";
import { createRun } from "../../adapters/runs/create-run.js";
import type { DirectoryRunStore } from "../../adapters/runs/directory-run-store.js";
import { listRuns } from "../../adapters/runs/list-runs.js";
import { openRun } from "../../adapters/runs/open-run.js";
import { type RunReader, readRun } from "../../adapters/runs/read-run.js";
import { SpiceError } from "../../app/errors.js";
import { isSwitchedOff, removedSettings, storedExperiment } from "../../config/stored.js";
import type { ContaminationIndex } from "../../core/admission/contamination/contamination.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import { composeCorpus } from "../compose/corpus.js";
import { composeEvaluations, requireSameSets } from "../compose/evaluations.js";
import { requireTrainer } from "../compose/trainer.js";
import type { Output } from "../terminal/output.js";
import { findRun } from "./find.js";
import { runProvenance } from "./provenance.js";
import { warnOfRemoved } from "./read-named-run.js";

/** A run that is open for training. */
export interface RunAttempt {
  readonly experiment: Experiment;
  readonly corpus: SnapshotCorpus;
  readonly store: DirectoryRunStore;
  /** The registered evaluation sets; null when there are none. */
  readonly evaluations: ContaminationIndex | null;
}

/**
 * Start a run. Trainer and corpus are checked first, so a run that cannot begin writes nothing.
 */
export async function startRun(wanted: Experiment, directory: string | undefined): Promise<RunAttempt> {
  await requireTrainer(wanted);
  const corpus = await composeCorpus(wanted);
  requireSegments(wanted, corpus);
  const evaluations = await composeEvaluations(wanted);
  // `latest` would mean another snapshot when the run is resumed.
  const experiment = { ...wanted, corpus: { ...wanted.corpus, snapshot: corpus.info.id } };
  const store = await createRun({
    root: resolve(experiment.run.dir),
    experiment,
    suffix: randomSuffix(),
    provenance: await runProvenance(corpus.info, evaluations),
    ...keep(experiment),
    ...(directory === undefined ? {} : { directory: resolve(directory) }),
  });
  return { experiment, corpus, store, evaluations };
}

/**
 * Open a run to go on with its own configuration: the named run, or the newest unfinished run.
 *
 * @throws SpiceError `CONFIG_INVALID` (exit 2) when the run used a setting that does not exist
 */
export async function resumeRun(wanted: string | null, root: string, output: Output): Promise<RunAttempt> {
  const directory = wanted === null ? await newestUnfinished(root) : await findRun(wanted, root);
  const run = await readRun(directory);
  requireSettings(run);
  warnOfRemoved(run, output);
  const experiment = experimentOf(run);
  const corpus = await composeCorpus(experiment);
  const evaluations = await composeEvaluations(experiment);
  requireSameSets(run.info.provenance["evaluationSets"], evaluations);
  return { experiment, corpus, evaluations, store: await openRun(directory, keep(experiment)) };
}

/**
 * The configuration of a run. Settings that did not exist at its start have their defaults, and
 * settings that do not exist are left out.
 */
export function experimentOf({
  config,
  directory,
}: {
  readonly config: Experiment;
  readonly directory: string;
}): Experiment {
  return storedExperiment(config, join(directory, "config.json"));
}

/**
 * A check that was switched off can be removed without an effect on a run. Other settings cannot.
 */
function requireSettings({ config, directory }: RunReader): void {
  const used = removedSettings(config).filter((setting) => !isSwitchedOff(setting));
  if (used.length === 0) return;
  const names = used.map(({ path, value }) => `${path} = ${JSON.stringify(value)}`);
  throw new SpiceError(`The run uses a setting that this version does not have: ${names.join(", ")}.`, {
    code: "CONFIG_INVALID",
    boundary: "cli",
    where: join(directory, "config.json"),
    hint: "Resume the run with the version that started it, or start a new run.",
    exit: 2,
  });
}

/**
 * Open the run again in this process, as `--resume` would. Data that was not committed is cut off.
 */
export async function reopenRun({ store, ...rest }: RunAttempt): Promise<RunAttempt> {
  await store[Symbol.asyncDispose]();
  return { ...rest, store: await openRun(store.directory, keep(rest.experiment)) };
}

/** What the run store keeps. A trainer at an address keeps its weights itself. */
function keep({ trainer, run }: Experiment) {
  return {
    clock: systemClock,
    keepCheckpoints: run.keepCheckpoints,
    keepBatches: run.keepBatches,
    ...(trainer.address === null ? {} : { weightsRoot: null }),
  };
}

async function newestUnfinished(root: string): Promise<string> {
  const runs = await listRuns(resolve(root));
  const found = runs.find((run) => ["interrupted", "crashed", "failed"].includes(run.state));
  if (found !== undefined) return found.directory;
  throw new SpiceError("There is no unfinished run to go on with.", {
    code: "NOTHING_TO_RESUME",
    boundary: "cli",
    where: root,
    hint:
      runs.length === 0
        ? "Start one with `spice train`."
        : "`spice runs list` shows the runs; name one: `spice train --resume <run>`.",
    exit: 2,
  });
}

function requireSegments(experiment: Experiment, corpus: SnapshotCorpus): void {
  const needed = ["selfplay" as const, ...(experiment.warmup.enabled ? ["warmup" as const] : [])];
  const empty = needed.find((split) => corpus.size(split) === 0);
  if (empty === undefined) return;
  throw new SpiceError(
    `The corpus has no segment for ${empty === "warmup" ? "the warm start" : "self-play"}.`,
    {
      code: "CORPUS_SPLIT_EMPTY",
      boundary: "corpus",
      where: experiment.corpus.store,
      hint: "Add documents with `spice corpus add`, or change corpus.warmupShare, corpus.evalShare or corpus.kinds.",
      exit: 2,
    },
  );
}

/** Four letters and digits. They make the ids of two runs of the same second differ. */
function randomSuffix(): string {
  return randomBytes(4).readUInt32LE().toString(36).padStart(4, "0").slice(-4);
}
