import { AskedTasks } from "../../core/admission/repeats/asked-tasks.js";
import { RunTotals } from "../../core/analysis/run-totals.js";
import { stepMetrics } from "../../core/analysis/step-metrics.js";
import { promptFamily } from "../../core/prompts/families.js";
import type { Episode } from "../../core/records/episode.js";
import type { StepMetrics } from "../../core/records/metrics.js";
import { checkInfrastructure, requireFinite } from "../guard/guards.js";
import type { StagedStep } from "../ports/runs.js";
import { stepName } from "../ports/runs.js";
import type { CheckpointInfo, PolicyVersion, TrainOutcome } from "../ports/trainer.js";
import { buildBatch } from "../self-play/batch.js";
import { rollout } from "../self-play/play-step.js";
import type { Usage } from "../self-play/sample.js";
import { askSecondLook } from "../verifiers/second-look.js";
import { restore } from "./restore.js";
import { RunVersions } from "./run-versions.js";
import type { TrainDeps } from "./train-deps.js";
import { pickSegments } from "./warmup.js";

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
 * The whole run: restore or warm start, then steps. A step is one transaction: sample and judge, stage the batch on disk,
 * train, publish, commit. Killed before the stage, a step is played again and, its draws being keyed, draws the same; killed
 * after it, the staged batch is trained.
 */
export async function train(deps: TrainDeps, options: TrainOptions): Promise<TrainSummary> {
  const { experiment, store, clock } = deps;
  const began = clock.now();
  await store.setStatus("running");
  const versions = new RunVersions(deps.trainer);
  let version = await restore(deps, versions, options.signal);
  // What the trainer measured in the warm start is not of the first step.
  deps.telemetry.drain();
  const memory = new AskedTasks(experiment.admission);
  const totals = new RunTotals();
  const settle = (episode: Episode) => {
    remember(memory, episode);
    totals.add(episode);
  };
  for await (const episode of store.episodes()) settle(episode);
  let checkpoint: CheckpointInfo | null = (await store.checkpoints())[0] ?? null;
  let pending = await store.staged();
  // Asked once a step: a request that comes while the step is saved must not end the run without a checkpoint.
  let stopping = options.stopRequested();
  while (store.committed < experiment.steps && !stopping) {
    const step = store.committed + 1;
    const staged = pending ?? (await sampleStep(deps, versions, memory, step, version, options.signal));
    if (pending === null) await store.stage(staged);
    pending = null;
    const trained = await trainStaged(deps, versions, staged, version, options.signal);
    version = trained.version;
    for (const episode of staged.episodes) settle(episode);
    const metrics = { ...trained.metrics, ...totals.metrics("_total") };
    const every = experiment.run.saveEverySteps;
    stopping = options.stopRequested();
    const last = step === experiment.steps || stopping;
    const saved = last || (every > 0 && step % every === 0) ? await save(deps, step, options.signal) : null;
    checkpoint = saved ?? checkpoint;
    await store.commit({
      step,
      episodes: staged.episodes,
      metrics,
      policyVersion: version.version,
      policyDigest: version.digest,
      checkpoint: saved,
    });
    deps.sink.step(metrics);
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

/** Everything of a step up to its batch; the weights are not touched. */
async function sampleStep(
  deps: TrainDeps,
  versions: RunVersions,
  memory: AskedTasks,
  step: number,
  version: PolicyVersion,
  signal: AbortSignal,
): Promise<StagedStep> {
  const { experiment, trainer, corpus, clock, sink, hash } = deps;
  const { documentsPerStep } = experiment.challenger;
  const usage: Usage = { promptTokens: 0, completionTokens: 0, retries: 0 };
  const began = clock.now();
  const cpuBegan = clock.cpuSeconds();
  const key = [experiment.seed, step, "documents"];
  const segments = await pickSegments(corpus, "selfplay", documentsPerStep, key);
  const context = {
    step,
    experiment,
    family: promptFamily(experiment.challenger.prompts),
    sampler: versions,
    policyVersion: version.version,
    memory,
    hash,
    evaluations: deps.evaluations ?? null,
    usage,
    signal,
  };
  const played = await rollout(context, segments, (done) =>
    sink.progress("documents", done, segments.length),
  );
  const { rollouts, metrics } = await askSecondLook(deps, step, played, signal);
  const episodes = rollouts.map((one) => one.episode);
  checkInfrastructure(experiment, episodes);
  // The first policy-gradient update starts with empty moments: those of the warm start, whose gradients are far
  // larger, would hold it back for dozens of steps.
  const { learningRate, beta1, beta2, epsilon, weightDecay, maxGradNorm } = experiment.train;
  const resetMoments = experiment.warmup.enabled && trainer.step === experiment.warmup.steps;
  return {
    step,
    episodes,
    batch: buildBatch(experiment, rollouts),
    optim: { learningRate, beta1, beta2, epsilon, weightDecay, maxGradNorm, resetMoments },
    sampled: {
      ...usage,
      seconds: (clock.now() - began) / 1000,
      cpuSeconds: clock.cpuSeconds() - cpuBegan,
    },
    opinions: metrics,
  };
}

interface TrainedStep {
  readonly version: PolicyVersion;
  readonly metrics: StepMetrics;
}

async function trainStaged(
  deps: TrainDeps,
  versions: RunVersions,
  { step, episodes, batch, optim, sampled, opinions }: StagedStep,
  version: PolicyVersion,
  signal: AbortSignal,
): Promise<TrainedStep> {
  const { trainer, clock, sink } = deps;
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
  const seconds = sampled.seconds + (ended - began) / 1000;
  const cpu = sampled.cpuSeconds + clock.cpuSeconds() - cpuBegan;
  const metrics = {
    ...stepMetrics(step, episodes),
    ...opinions,
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
    sampled_prompt_tokens: sampled.promptTokens,
    sampled_completion_tokens: sampled.completionTokens,
    sample_retries: sampled.retries,
    seconds_sample: sampled.seconds,
    seconds_train: (trained - began) / 1000,
    seconds_publish: (ended - trained) / 1000,
    seconds_step: seconds,
    orchestrator_cpu_seconds: cpu,
    orchestrator_cpu_share: cpu / seconds,
    trainer_peak_memory_bytes: outcome?.peakMemoryBytes ?? null,
    ...deps.telemetry.drain(),
  };
  return { version: next, metrics };
}

/** Later steps must not ask again what this episode's tasks asked. */
function remember(memory: AskedTasks, { proposals }: Episode): void {
  memory.remember(
    proposals.flatMap(({ refusal, task }) => (refusal === null && task !== null ? [task] : [])),
  );
}

async function save(deps: TrainDeps, step: number, signal: AbortSignal): Promise<CheckpointInfo> {
  deps.sink.progress("checkpoint", 0, 0);
  const name = stepName(step);
  const saved = await deps.trainer.save(name, signal);
  deps.logger.info("checkpoint saved", { step, path: saved.path, bytes: saved.bytes });
  // Filed under the run's step and a name relative to the run: the trainer's own count includes the warm start, and
  // a run directory may be moved.
  return { ...saved, step, path: name };
}
