import { AskedTasks } from "../../core/admission/repeats/asked-tasks.js";
import { RunTotals } from "../../core/analysis/run-totals.js";
import type { Episode } from "../../core/records/episode.js";
import { requireFinite, requireGradient } from "../guard/guards.js";
import { stepName } from "../ports/runs.js";
import type { CheckpointInfo, PolicyVersion, TrainOutcome } from "../ports/trainer.js";
import { restore } from "./restore.js";
import { type RunPolicy, RunVersions } from "./run-versions.js";
import { type EarlierSteps, sampleStep } from "./sample-step.js";
import { type StepTimes, stepRecord } from "./step-record.js";
import type { TrainDeps } from "./train-deps.js";

export interface TrainOptions {
  /** Aborting stops at once. Committed steps stay valid. */
  readonly signal: AbortSignal;
  /**
   * Called before the first step, and in each step before its commit. When the result is true, the
   * run ends. A step that was played is then committed with a checkpoint.
   */
  readonly stopRequested: () => boolean;
}

export interface TrainSummary {
  readonly runId: string;
  readonly directory: string;
  /** Committed steps of the run, those before a resume included. */
  readonly steps: number;
  readonly finished: boolean;
  readonly policyDigest: string;
  readonly checkpoint: CheckpointInfo | null;
  /** Wall time of this call, seconds. */
  readonly seconds: number;
}

/**
 * The whole run: restore or warm start, then steps. A step is one transaction: play the step, stage
 * its batch on disk, train, publish, commit. A run that is killed before the batch is staged plays
 * the step again. The step is the same again when the trainer samples the same tokens from the same
 * seed, because every random choice has a key. A run that is killed later trains the staged batch.
 */
export async function train(deps: TrainDeps, options: TrainOptions): Promise<TrainSummary> {
  const { experiment, store, clock } = deps;
  const began = clock.now();
  await store.setStatus("running");
  const versions = new RunVersions(deps.trainer);
  let version = await restore(deps, versions, options.signal);
  // `restore` can make the warm start, and can train recorded steps again. The next step must not
  // report the telemetry of this work.
  await deps.telemetry.drain(null, options.signal);
  const history = new RunHistory(deps);
  for await (const episode of store.episodes()) history.add(episode);
  let checkpoint: CheckpointInfo | null = (await store.checkpoints())[0] ?? null;
  let pending = await store.staged();
  // `stopRequested` is called once in each step, before the checkpoint is saved. The loop uses this
  // result. If the loop called it again, a request during the save could end the run without a
  // checkpoint.
  let stopping = options.stopRequested();
  let idle = 0;
  while (store.committed < experiment.steps && !stopping) {
    const step = store.committed + 1;
    const policy = { versions, version };
    const staged = pending ?? (await sampleStep(deps, policy, history, step, options.signal));
    if (pending === null) await store.stage(staged);
    pending = null;

    const { next, outcome, times } = await trainBatch(deps, policy, staged, options.signal);
    version = next;
    for (const episode of staged.episodes) history.add(episode);
    const record = stepRecord({ staged, outcome, policy: next, times });

    const every = experiment.run.saveEverySteps;
    stopping = options.stopRequested();
    const last = step === experiment.steps || stopping;
    const saved = last || (every > 0 && step % every === 0) ? await save(deps, step, options.signal) : null;
    checkpoint = saved ?? checkpoint;
    const work = saved !== null ? "save" : outcome !== null ? "publish" : null;
    const telemetry = await deps.telemetry.drain(work, options.signal);
    const metrics = { ...record, ...telemetry, ...history.totals.metrics("_total") };
    await store.commit({
      step,
      episodes: staged.episodes,
      metrics,
      policyVersion: version.version,
      policyDigest: version.digest,
      checkpoint: saved,
    });
    deps.sink.step(metrics);
    idle = staged.batch === null ? idle + 1 : 0;
    if (!last) requireGradient(experiment, idle);
  }
  const finished = store.committed >= experiment.steps;
  await store.setStatus(finished ? "finished" : "interrupted");
  return {
    runId: store.id,
    directory: store.directory,
    steps: store.committed,
    finished,
    policyDigest: version.digest,
    checkpoint,
    seconds: (clock.now() - began) / 1000,
  };
}

/**
 * What a step needs from all earlier steps: the tasks that were asked, the segments that were
 * played, and totals for the metrics.
 */
class RunHistory implements EarlierSteps {
  readonly askedTasks: AskedTasks;
  readonly playedSegments = new Set<string>();
  readonly totals = new RunTotals();

  constructor({ experiment }: TrainDeps) {
    this.askedTasks = new AskedTasks(experiment.admission);
  }

  add(episode: Episode): void {
    const admitted = episode.proposals.flatMap(({ refusal, task }) =>
      refusal === null && task !== null ? [task] : [],
    );
    this.askedTasks.remember(admitted);
    this.playedSegments.add(episode.segmentId);
    this.totals.add(episode);
  }
}

/**
 * The weights after a step, and what it cost. `outcome` is null when the step had nothing to train.
 */
interface TrainedStep {
  readonly next: PolicyVersion;
  readonly outcome: TrainOutcome | null;
  readonly times: StepTimes;
}

/**
 * Trains a staged batch and publishes the new weights. Without a batch, the weights stay as they
 * are.
 */
async function trainBatch(
  { trainer, clock, sink }: TrainDeps,
  { versions, version }: RunPolicy,
  { step, batch, optim }: Parameters<TrainDeps["store"]["stage"]>[0],
  signal: AbortSignal,
): Promise<TrainedStep> {
  const began = clock.now();
  const cpuBegan = clock.cpuSeconds();
  let outcome: TrainOutcome | null = null;
  if (batch !== null) {
    sink.progress("training", 0, batch.sequences.length);
    outcome = await trainer.trainStep(batch, optim, signal);
    requireFinite(step, outcome);
  }
  const trained = clock.now();
  const next = outcome === null ? version : await versions.publish(signal);
  const ended = clock.now();
  return {
    next,
    outcome,
    times: {
      trainSeconds: (trained - began) / 1000,
      publishSeconds: (ended - trained) / 1000,
      seconds: (ended - began) / 1000,
      cpuSeconds: clock.cpuSeconds() - cpuBegan,
    },
  };
}

async function save(deps: TrainDeps, step: number, signal: AbortSignal): Promise<CheckpointInfo> {
  deps.sink.progress("checkpoint", 0, 0);
  const name = stepName(step);
  const saved = await deps.trainer.save(name, signal);
  deps.logger.info("checkpoint saved", { step, path: saved.path, bytes: saved.bytes });
  // The record has the step of the run, because the step count of the trainer includes the warm
  // start. It has a name relative to the run, because a run directory may be moved.
  return { ...saved, step, path: name };
}
