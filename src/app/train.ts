import { repeatKeys, TaskMemory } from "../core/admission/memory.js";
import type { Episode } from "../core/episode.js";
import type { Experiment } from "../core/experiment.js";
import { promptFamily } from "../core/prompts/index.js";
import { stepMetrics } from "../core/step-metrics.js";
import { buildBatch } from "./batch.js";
import { SpiceError } from "./errors.js";
import { checkInfrastructure, requireFinite } from "./guards.js";
import type {
  CheckpointInfo,
  Clock,
  Corpus,
  Hash,
  Logger,
  MetricSink,
  PolicyVersion,
  RunStore,
  StepMetrics,
  Telemetry,
  Trainer,
  TrainOutcome,
} from "./ports.js";
import { type Rollout, rollout } from "./rollout.js";
import type { Usage } from "./sampling.js";
import { drawSegments, warmup } from "./warmup.js";

export interface TrainDeps {
  readonly experiment: Experiment;
  readonly trainer: Trainer;
  readonly corpus: Corpus;
  readonly store: RunStore;
  readonly sink: MetricSink;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly hash: Hash;
}

export interface TrainOptions {
  /** Aborting stops at once; what was committed stays valid. */
  readonly signal: AbortSignal;
  /** Asked after every step: true ends the run there, with a checkpoint. */
  readonly stopRequested: () => boolean;
}

export interface TrainSummary {
  readonly runId: string;
  readonly directory: string;
  readonly steps: number;
  readonly finished: boolean;
  readonly policyDigest: string;
  readonly checkpoint: CheckpointInfo | null;
  readonly seconds: number;
}

/**
 * The whole run: restore or warm start, then steps. A step is one transaction: sample, judge, train, publish, commit; a step
 * that did not commit is played again on resume and, its draws being keyed, draws the same.
 */
export async function train(deps: TrainDeps, options: TrainOptions): Promise<TrainSummary> {
  const { experiment, store, clock } = deps;
  const began = clock.now();
  await store.setStatus("running");
  const memory = new TaskMemory();
  let version = await restore(deps, memory, options.signal);
  let checkpoint: CheckpointInfo | null = await store.lastCheckpoint();
  // Asked once a step: a request that comes while the step is saved must not end the run without a checkpoint.
  let stopping = options.stopRequested();
  while (store.committed < experiment.steps && !stopping) {
    const step = store.committed + 1;
    const played = await playStep(deps, memory, step, version, options.signal);
    version = played.version;
    const every = experiment.run.saveEverySteps;
    stopping = options.stopRequested();
    const last = step === experiment.steps || stopping;
    const saved = last || (every > 0 && step % every === 0) ? await save(deps, step, options.signal) : null;
    checkpoint = saved ?? checkpoint;
    await store.commit({
      step,
      episodes: played.rollouts.map((one) => one.episode),
      metrics: played.metrics,
      policyVersion: version.version,
      policyDigest: version.digest,
      checkpoint: saved,
    });
    deps.sink.step(played.metrics);
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

/** Bring trainer and store to the same step: the newest checkpoint, or the base model and its warm start. */
async function restore(deps: TrainDeps, memory: TaskMemory, signal: AbortSignal): Promise<PolicyVersion> {
  const { experiment, trainer, store, corpus, sink } = deps;
  const checkpoint = await store.lastCheckpoint();
  if (checkpoint !== null) {
    const loaded = await trainer.load(checkpoint.path, signal);
    if (loaded.digest !== checkpoint.digest) throw changedCheckpoint(checkpoint);
    await store.rewind(checkpoint.step);
    for await (const episode of store.episodes()) remember(memory, episode, experiment);
    await store.audit("resumed", {
      step: checkpoint.step,
      checkpoint: checkpoint.path,
      tasksRemembered: memory.size,
    });
    return trainer.publish(signal);
  }
  await store.rewind(0);
  if (experiment.warmup.enabled) {
    const report = (done: number, total: number) => sink.progress("warm start", done, total);
    const summary = await warmup(trainer, corpus, experiment, report, signal);
    const version = await trainer.publish(signal);
    await store.audit("warmup", { ...summary, policyVersion: version.version, policyDigest: version.digest });
    return version;
  }
  return trainer.publish(signal);
}

interface PlayedStep {
  readonly rollouts: readonly Rollout[];
  readonly version: PolicyVersion;
  readonly metrics: StepMetrics;
}

async function playStep(
  deps: TrainDeps,
  memory: TaskMemory,
  step: number,
  version: PolicyVersion,
  signal: AbortSignal,
): Promise<PlayedStep> {
  const { experiment, trainer, corpus, clock, sink } = deps;
  const { documentsPerStep } = experiment.challenger;
  const usage: Usage = { promptTokens: 0, completionTokens: 0 };
  const began = clock.now();
  const cpuBegan = clock.cpuSeconds();
  const segments = await drawSegments(corpus, "selfplay", documentsPerStep, [
    experiment.seed,
    step,
    "documents",
  ]);
  const family = promptFamily(experiment.challenger.prompts);
  const context = {
    step,
    experiment,
    family,
    trainer,
    policyVersion: version.version,
    memory,
    hash: deps.hash,
    usage,
    signal,
  };
  const rollouts = await rollout(context, segments, (done) =>
    sink.progress("documents", done, segments.length),
  );
  const sampled = clock.now();
  const episodes = rollouts.map((one) => one.episode);
  checkInfrastructure(experiment, episodes);

  const batch = buildBatch(experiment, rollouts);
  let outcome: TrainOutcome | null = null;
  let next = version;
  if (batch !== null) {
    sink.progress("training", 0, batch.sequences.length);
    // The first policy-gradient update starts with empty moments: those of the warm start, whose gradients are far
    // larger, would hold it back for dozens of steps.
    const resetMoments = experiment.warmup.enabled && trainer.step === experiment.warmup.steps;
    outcome = await trainer.trainStep(batch, { ...experiment.train, resetMoments }, signal);
    requireFinite(step, outcome);
  }
  const trained = clock.now();
  if (outcome !== null) next = await trainer.publish(signal);
  for (const episode of episodes) remember(memory, episode, experiment);
  const ended = clock.now();
  const seconds = (ended - began) / 1000;
  const cpu = clock.cpuSeconds() - cpuBegan;
  const metrics = {
    ...stepMetrics(step, episodes),
    step,
    policy_version: next.version,
    policy_digest: next.digest,
    loss: outcome?.loss ?? null,
    grad_norm: outcome?.gradNorm ?? null,
    logprob_gap_mean: outcome?.stats["all"]?.["logprobGapMean"] ?? null,
    logprob_gap_max: outcome?.stats["all"]?.["logprobGapMax"] ?? null,
    truncated_fraction: outcome?.stats["all"]?.["truncatedFraction"] ?? null,
    trained_sequences: batch?.sequences.length ?? 0,
    trained_tokens: outcome?.tokens ?? 0,
    sampled_prompt_tokens: usage.promptTokens,
    sampled_completion_tokens: usage.completionTokens,
    seconds_sample: (sampled - began) / 1000,
    seconds_train: (trained - sampled) / 1000,
    seconds_publish: (ended - trained) / 1000,
    seconds_step: seconds,
    orchestrator_cpu_seconds: cpu,
    orchestrator_cpu_share: cpu / seconds,
    trainer_peak_memory_bytes: outcome?.peakMemoryBytes ?? null,
    ...deps.telemetry.drain(),
  };
  return { rollouts, version: next, metrics };
}

/** Later steps must not ask again what this episode's tasks asked. */
function remember(memory: TaskMemory, { proposals }: Episode, { admission }: Experiment): void {
  for (const { refusal, task } of proposals) {
    if (refusal !== null || task === null) continue;
    for (const key of repeatKeys(task, admission)) memory.add(key);
  }
}

async function save(deps: TrainDeps, step: number, signal: AbortSignal): Promise<CheckpointInfo> {
  deps.sink.progress("checkpoint", 0, 0);
  const name = String(step).padStart(6, "0");
  const saved = await deps.trainer.save(name, signal);
  deps.logger.info("checkpoint saved", { step, path: saved.path, bytes: saved.bytes });
  // Filed under the run's step and a name relative to the run: the trainer's own count includes the warm start, and
  // a run directory may be moved.
  return { ...saved, step, path: name };
}

function changedCheckpoint(checkpoint: CheckpointInfo): SpiceError {
  return new SpiceError(
    `The checkpoint of step ${checkpoint.step} is not the one this run saved: its digest differs.`,
    {
      code: "CHECKPOINT_CHANGED",
      boundary: "store",
      where: checkpoint.path,
      hint: "Restore the folder from a copy, or start a new run.",
      exit: 5,
    },
  );
}
