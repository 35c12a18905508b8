import type { AskedTasks } from "../../core/admission/repeats/asked-tasks.js";
import type { OptimSpec } from "../../core/records/loss.js";
import { checkInfrastructure } from "../guard/guards.js";
import type { StagedStep } from "../ports/runs.js";
import { pickPlayed } from "../self-play/documents.js";
import { playStep } from "../self-play/play-step.js";
import { stepContext } from "../self-play/step-context.js";
import { askSecondLook } from "../verifiers/second-look.js";
import type { RunPolicy } from "./run-versions.js";
import type { TrainDeps } from "./train-deps.js";

/** What a step needs to know of all earlier steps of the run. */
export interface EarlierSteps {
  readonly askedTasks: AskedTasks;
  /** Ids of the segments that were played. */
  readonly playedSegments: ReadonlySet<string>;
}

/** Plays a step of a run up to its batch, ready to be staged on disk. The weights are unchanged. */
export async function sampleStep(
  deps: TrainDeps,
  policy: RunPolicy,
  { askedTasks, playedSegments }: EarlierSteps,
  step: number,
  signal: AbortSignal,
): Promise<StagedStep> {
  const { experiment, corpus, clock, sink } = deps;
  const began = clock.now();
  const cpuBegan = clock.cpuSeconds();
  const count = experiment.challenger.documentsPerStep;
  const key = [experiment.seed, step, "documents"];
  const segments = await pickPlayed(corpus, experiment, count, step, key, playedSegments);
  // The first document may take minutes. Until then the progress shows that none is finished.
  sink.progress("documents", 0, segments.length);
  const context = stepContext(
    {
      experiment,
      sampler: policy.versions,
      policyVersion: policy.version.version,
      askedTasks,
      evaluations: deps.evaluations ?? null,
      ...(deps.own === undefined ? {} : { own: deps.own }),
      hash: deps.hash,
      signal,
      progress: (done, total) => sink.progress("documents", done, total),
    },
    step,
  );
  const played = await playStep(context, segments, (documents) =>
    askSecondLook(deps, step, documents, signal),
  );
  checkInfrastructure(experiment, played.episodes);
  return {
    step,
    episodes: played.episodes,
    batch: played.batch,
    optim: optimizerOf(deps),
    sampled: {
      ...context.usage.totals,
      seconds: (clock.now() - began) / 1000,
      cpuSeconds: clock.cpuSeconds() - cpuBegan,
    },
    opinions: played.metrics,
  };
}

/**
 * Optimizer settings of a self-play step. The first policy-gradient step starts with empty moments:
 * the gradients of the warm start are far larger, and their moments would slow down dozens of
 * steps.
 */
function optimizerOf({ experiment, trainer }: TrainDeps): OptimSpec {
  const { learningRate, beta1, beta2, epsilon, weightDecay, maxGradNorm } = experiment.train;
  const resetMoments = experiment.warmup.enabled && trainer.step === experiment.warmup.steps;
  return { learningRate, beta1, beta2, epsilon, weightDecay, maxGradNorm, resetMoments };
}
