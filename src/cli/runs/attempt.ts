import { randomBytes } from "node:crypto";
import { join, resolve } from "node:path";
import { systemClock } from "../../adapters/clock/system-clock.js";
import type { SnapshotCorpus } from "../../adapters/corpus-store/open-corpus.js";
import { sourceCodeOf } from "../../adapters/corpus-store/own-code-log.js";
import { createRun } from "../../adapters/runs/create-run.js";
import type { DirectoryRunStore } from "../../adapters/runs/directory-run-store.js";
import { listRuns } from "../../adapters/runs/list-runs.js";
import { openRun } from "../../adapters/runs/open-run.js";
import { type RunReader, readRun } from "../../adapters/runs/read-run.js";
import { SpiceError } from "../../app/errors.js";
import { requirePlayable } from "../../app/self-play/playable.js";
import type { WarmupMaterial } from "../../app/training/warmup-material.js";
import { isSwitchedOff, removedSettings, storedExperiment } from "../../config/stored.js";
import { readTemplates } from "../../config/templates.js";
import type { ContaminationIndex } from "../../core/admission/contamination/contamination.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import { shortDigest } from "../compose/changed-code.js";
import { composeCorpus } from "../compose/corpus.js";
import { composeEvaluations, requireSameSets } from "../compose/evaluations.js";
import { findRun } from "../compose/find-run.js";
import { resolveModel } from "../compose/model-of-run.js";
import { type ComposedOwnCode, composeOwnCode } from "../compose/own-code.js";
import { configInPlace } from "../compose/place-of-run.js";
import { requireTrainer } from "../compose/trainer.js";
import { composeWarmup, materialOf } from "../compose/warmup.js";
import type { Output } from "../terminal/output.js";
import { extendedSteps, type MoreSteps } from "./more-steps.js";
import { runProvenance } from "./provenance.js";
import { warnOfRemoved } from "./read-named-run.js";

/** A run that is open for training. */
export interface RunAttempt {
  readonly experiment: Experiment;
  readonly corpus: SnapshotCorpus;
  readonly store: DirectoryRunStore;
  /** The registered evaluation sets; null when there are none. */
  readonly evaluations: ContaminationIndex | null;
  /** Gives what the warm start teaches from. */
  readonly warmupMaterial: () => Promise<WarmupMaterial>;
  /** Lines of `warmup.pairs` that were left out; empty when there are none. */
  readonly contradicted: readonly number[];
  /** Reward and checks of the user, loaded. */
  readonly own: ComposedOwnCode;
}

/**
 * Start a run. Trainer, corpus and model are checked first, so a run that cannot begin writes
 * nothing.
 */
export async function startRun(
  wanted: Experiment,
  directory: string | undefined,
  output: Output,
  signal: AbortSignal,
): Promise<RunAttempt> {
  await requireTrainer(wanted);
  const corpus = await composeCorpus(wanted);
  requireSegments(wanted, corpus);
  await requirePlayable(wanted, corpus);
  const evaluations = await composeEvaluations(wanted);
  const warmup = await composeWarmup(wanted, corpus);
  const { pinned, origin, experiment: withModel } = await resolveModel(wanted, output, signal);
  const own = await composeOwnCode(wanted, output);
  // `latest` would mean another snapshot, or another run, when the run is resumed.
  const experiment = {
    ...wanted,
    corpus: { ...wanted.corpus, snapshot: corpus.info.id },
    model: { ...wanted.model, id: pinned },
  };
  const sourceCode = await sourceCodeOf(experiment.corpus.store, corpus.info.sources);
  const store = await createRun({
    root: resolve(experiment.run.dir),
    experiment,
    suffix: randomSuffix(),
    provenance: await runProvenance({
      experiment,
      snapshot: corpus.info,
      evaluations,
      model: origin,
      ownCode: own.records,
      sourceCode,
    }),
    ...keep(experiment),
    ...(directory === undefined ? {} : { directory: resolve(directory) }),
  }).catch(async (error: unknown) => {
    await own[Symbol.asyncDispose]();
    throw error;
  });
  return {
    experiment: { ...experiment, model: withModel.model },
    ...{
      corpus,
      store,
      evaluations,
      own,
      warmupMaterial: materialOf(experiment, corpus, warmup),
      contradicted: warmup?.contradicted ?? [],
    },
  };
}

/** Which run to resume. */
export interface ResumeOptions {
  /** A name as in `RUN_NAME`; null for the newest unfinished run. */
  readonly wanted: string | null;
  /** More steps for the run; without a name, the newest run gets them. Null for none. */
  readonly steps: MoreSteps | null;
  /** Go on with a reward and checks that are not as the run recorded them. */
  readonly acceptCode: boolean;
}

/**
 * Open a run to go on with its own configuration, perhaps with more steps.
 *
 * @throws SpiceError `CONFIG_INVALID` (exit 2) when the run used a setting that does not exist,
 * `EVALUATION_SET_CHANGED`, `OWN_CODE_CHANGED` (exit 2)
 */
export async function resumeRun(
  { wanted, steps, acceptCode }: ResumeOptions,
  root: string,
  output: Output,
  signal: AbortSignal,
): Promise<RunAttempt> {
  const named = wanted ?? (steps === null ? null : "latest");
  const directory = named === null ? await newestUnfinished(root) : await findRun(named, root);
  const run = await readRun(directory);
  requireSettings(run);
  warnOfRemoved(run, output);
  const present = experimentOf(run);
  await warnOfTemplates(present, output);
  const total = steps === null ? present.steps : extendedSteps(present.steps, steps);
  const { experiment } = await resolveModel({ ...present, steps: total }, output, signal);
  const corpus = await composeCorpus(experiment);
  const evaluations = await composeEvaluations(experiment);
  requireSameSets(run.info.provenance["evaluationSets"], evaluations);
  const own = await composeOwnCode(experiment, output, { records: run.ownCode, accept: acceptCode });
  const store = await openRun(directory, keep(experiment)).catch(async (error: unknown) => {
    await own[Symbol.asyncDispose]();
    throw error;
  });
  if (total > present.steps) await store.extend(present.steps, total);
  if (own.changed.length > 0) {
    await store.changeCode(own.changed, own.records);
    for (const { path, was, is } of own.changed)
      output.note(
        `Accepted: ${path} changed from SHA-256 ${shortDigest(was)} to ${shortDigest(is)}. Step ${store.committed + 1} is the first step with it.`,
      );
  } else if (acceptCode) output.note("The reward and the checks did not change; nothing is accepted.");
  if (store.committed >= total)
    output.note(`The run has all its steps (${total}). \`--steps +20\` gives it 20 more.`);
  // The warm start is made again only when every checkpoint is lost.
  const warmup = store.committed > 0 ? null : await composeWarmup(experiment, corpus);
  return {
    experiment,
    corpus,
    evaluations,
    store,
    own,
    warmupMaterial: materialOf(experiment, corpus, warmup),
    contradicted: warmup?.contradicted ?? [],
  };
}

/**
 * The configuration of a run, with paths as in `configInPlace`. Settings that did not exist at its
 * start have their defaults, and settings that do not exist are left out.
 */
export function experimentOf(run: Pick<RunReader, "config" | "directory" | "info">): Experiment {
  const config = storedExperiment(run.config, join(run.directory, "config.json"));
  return configInPlace({ ...run, config });
}

/** A run goes on with the texts that it was started with. */
async function warnOfTemplates({ challenger }: Experiment, output: Output): Promise<void> {
  const { templates } = challenger;
  if (templates === null) return;
  const present = await readTemplates(templates.folder, challenger).catch(() => null);
  if (present?.sha256 === templates.sha256) return;
  output.note(
    `${output.err("yellow", "Warning:")} The templates in ${templates.folder} are not those of the run. The run goes on with the texts in its config.json.`,
  );
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
  const { warmup } = experiment;
  const needsWarmup = warmup.enabled && warmup.pairs === null;
  const needed = ["selfplay" as const, ...(needsWarmup ? ["warmup" as const] : [])];
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
