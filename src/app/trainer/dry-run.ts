import type { Experiment } from "../../core/experiment/experiment.js";
import { pickFocus } from "../../core/game/focus.js";
import { promptFamily } from "../../core/prompts/families.js";
import { keyed } from "../../core/random/rng.js";
import type { Segment } from "../../core/records/document.js";
import type { Prompt } from "../../core/records/prompt.js";
import type { Task } from "../../core/records/task.js";
import type { Span } from "../../core/text/spans.js";
import type { WarmupExample } from "../../core/warmup/warmup.js";
import type { Clock } from "../ports/clock.js";
import type { Corpus } from "../ports/corpus.js";
import type { Sample, TrainBatch, Trainer, TrainSequence } from "../ports/trainer.js";
import { pickPlayed } from "../self-play/documents.js";
import { sampleCompletions } from "../self-play/sample.js";
import { SamplingUsage } from "../self-play/usage.js";
import { supervisedBatch } from "../training/warmup.js";
import { type PromptLength, requireRoom } from "./prompt-length.js";

/** One rendered prompt and its length under the trainer's own tokenizer. */
export interface RenderedPrompt {
  readonly role: "challenger" | "open book" | "blind";
  readonly prompt: Prompt;
  readonly tokens: number;
}

/**
 * Estimated cost of a step. The estimates are upper bounds: every completion has its longest
 * length, and every proposal is admitted.
 */
export interface DryRunReport {
  readonly segmentId: string;
  readonly prompts: readonly RenderedPrompt[];
  readonly sampledTokensPerStep: number;
  readonly promptTokensPerStep: number;
  readonly trainedTokensPerStep: number;
  /**
   * Measured rates, in tokens per second: one prompt, up to 64 samples decoded together, and one
   * trained Challenger group.
   */
  readonly probed: {
    readonly prompt: number;
    readonly sampled: number;
    readonly trained: number;
  };
  readonly seconds: {
    readonly sample: number;
    readonly train: number;
    readonly publish: number;
    readonly step: number;
    /** The warm start before step 1; 0 without a warm start. */
    readonly warmup: number;
    /** The warm start and all steps of the run. */
    readonly total: number;
  };
  /**
   * Largest memory that the trainer reported while it trained the probe; 0 when it reports none.
   */
  readonly probedPeakBytes: number;
}

export interface DryRunDeps {
  readonly experiment: Experiment;
  readonly trainer: Trainer;
  readonly corpus: Corpus;
  readonly clock: Clock;
  /** Examples of the first step of the warm start; empty without a warm start. */
  readonly warmup: readonly WarmupExample[];
  readonly signal: AbortSignal;
}

/**
 * Tokens of each sample of the probe, and samples that are decoded together. The numbers are large
 * enough to measure a rate, and small enough for a short dry run.
 */
const PROBE_TOKENS = 16;
const PROBE_ROWS = 64;

/**
 * Renders the Challenger's prompt and the Reasoner's prompts with and without the document. Lets
 * the trainer sample and train one group (the probe), and estimates the cost of a step and of the
 * run. The run directory is not changed. The weights that the probe trained are dropped with its
 * session.
 */
export async function dryRun(deps: DryRunDeps): Promise<DryRunReport> {
  const { experiment, trainer, corpus, signal } = deps;
  const { challenger, reasoner, admission } = experiment;
  const family = promptFamily(challenger.prompts, challenger.templates);
  const [segment] = await pickPlayed(corpus, experiment, 1, 1, [experiment.seed, 1, "documents"]);
  if (segment === undefined) throw new Error("a split that is not empty gives a segment");
  const format = challenger.mix[0].format;
  const focus =
    challenger.focus === "passage"
      ? pickFocus(segment, format, keyed(experiment.seed, 1, segment.id, "focus", 0))
      : null;
  const task = exampleTask(segment.id);
  const prompts = [
    { role: "challenger" as const, prompt: family.challenger(segment, format, focus) },
    { role: "open book" as const, prompt: family.openBook(segment, task) },
    { role: "blind" as const, prompt: family.blind(task) },
  ];
  const ids = await trainer.tokenize(
    prompts.map((one) => one.prompt),
    signal,
  );
  const lengths = ids.map((one) => one.length);
  const [challengerTokens = 0, openBookTokens = 0, blindTokens = 0] = lengths;
  const limit = trainer.model.maxContextTokens;
  if (challengerTokens + challenger.maxTokens > limit) {
    const formats = await otherFormats(deps, segment, focus);
    requireRoom(
      { role: "challenger", prompt: challengerTokens, segment: segment.tokens, formats },
      limit,
      experiment,
    );
  }
  requireRoom(
    { role: "reasoner", prompt: openBookTokens, segment: segment.tokens, formats: [] },
    limit,
    experiment,
  );

  const proposals = challenger.documentsPerStep * challenger.groupSize;
  const promptTokensPerStep =
    challenger.documentsPerStep * challengerTokens +
    proposals * (openBookTokens - segment.tokens + blindTokens);
  const { openBook, paraphrase, optionsOnly, subjectBlind } = admission;
  // A task has one format, so only one of the two guess checks applies.
  const checks =
    openBook.attempts + paraphrase.attempts + Math.max(optionsOnly.attempts, subjectBlind.attempts);
  const sampledTokensPerStep =
    proposals * (challenger.maxTokens + (checks + reasoner.groupSize) * reasoner.maxTokens);
  const trainedTokensPerStep =
    challenger.documentsPerStep *
    (challengerTokens +
      challenger.groupSize * challenger.maxTokens +
      blindTokens +
      reasoner.groupSize * reasoner.maxTokens);

  const rates = await probe(deps, segment.id, family.challenger(segment, format, focus));
  const sample = promptTokensPerStep / rates.prompt + sampledTokensPerStep / rates.sampled;
  const train = trainedTokensPerStep / rates.trained;
  const step = sample + train + rates.publishSeconds;
  const warmup = ((await warmupTokens(deps)) * experiment.warmup.steps) / rates.trained;
  return {
    segmentId: segment.id,
    prompts: prompts.map((one, index) => ({ ...one, tokens: lengths[index] ?? 0 })),
    promptTokensPerStep,
    sampledTokensPerStep,
    trainedTokensPerStep,
    probed: { prompt: rates.prompt, sampled: rates.sampled, trained: rates.trained },
    seconds: {
      sample,
      train,
      publish: rates.publishSeconds,
      step,
      warmup,
      total: warmup + step * experiment.steps,
    },
    probedPeakBytes: rates.peakBytes,
  };
}

/** The lengths of the Challenger's prompts for multiple choice and for a free answer. */
async function otherFormats(
  { experiment, trainer, signal }: DryRunDeps,
  segment: Segment,
  focus: Span | null,
): Promise<PromptLength["formats"]> {
  const family = promptFamily(experiment.challenger.prompts, experiment.challenger.templates);
  const formats = [{ kind: "mcq" }, { kind: "free", answerType: "string" }] as const;
  const ids = await trainer.tokenize(
    formats.map((format) => family.challenger(segment, format, focus)),
    signal,
  );
  return formats.map((format, index) => ({
    entry: JSON.stringify({ format, share: 1 }),
    prompt: ids[index]?.length ?? 0,
  }));
}

/** Tokens of one step of the warm start. */
async function warmupTokens({ experiment, trainer, warmup, signal }: DryRunDeps): Promise<number> {
  if (warmup.length === 0) return 0;
  const { prompts, sequences } = await supervisedBatch(trainer, experiment, warmup, 1, signal);
  const shared = prompts.reduce((sum, ids) => sum + ids.length, 0);
  return sequences.reduce((sum, { completionIds }) => sum + completionIds.length, shared);
}

interface ProbedRates {
  readonly prompt: number;
  readonly sampled: number;
  readonly trained: number;
  readonly publishSeconds: number;
  readonly peakBytes: number;
}

/**
 * Runs each part twice and measures the second run. Engines compile and fill caches in the first
 * run.
 */
async function probe(deps: DryRunDeps, segmentId: string, prompt: Prompt): Promise<ProbedRates> {
  const { experiment, trainer, clock, signal } = deps;
  const { challenger, train } = experiment;
  // As in a step: the samples of all documents are decoded together.
  const rows = Math.max(
    challenger.groupSize,
    Math.min(challenger.documentsPerStep * challenger.groupSize, PROBE_ROWS),
  );
  const timed = async <T>(
    work: () => Promise<T>,
  ): Promise<{ readonly value: T; readonly seconds: number }> => {
    const began = clock.now();
    const value = await work();
    return { value, seconds: Math.max((clock.now() - began) / 1000, 1e-3) };
  };
  const sampling = { experiment, sampler: trainer, policyVersion: null, usage: new SamplingUsage(), signal };
  // Each round has its own seeds. With equal seeds, a round could reuse what an earlier round
  // computed.
  const group = (round: number, maxTokens: number) =>
    sampleCompletions(sampling, {
      prompt,
      seeds: Array.from({ length: rows }, (_, index) =>
        keyed(experiment.seed, 0, segmentId, "dry-run", round * rows + index).seed64(),
      ),
      params: { maxTokens, temperature: challenger.temperature, topP: 1, topK: 0, stopStrings: [] },
      wantLogprobs: true,
    });
  const first = await timed(() => group(0, 1));
  const short = await timed(() => group(1, 1));
  await group(2, PROBE_TOKENS);
  const long = await timed(() => group(3, PROBE_TOKENS));
  const { promptIds, samples } = long.value;
  const written = [...samples.values()];
  const more = written.reduce((sum, one) => sum + one.tokenIds.length - 1, 0);
  const trainedOn = written.slice(0, challenger.groupSize);
  const trainedTokens = trainedOn.reduce((sum, one) => sum + one.tokenIds.length, promptIds.length);
  const batch = probeBatch(experiment, promptIds, trainedOn);
  const { learningRate, beta1, beta2, epsilon, weightDecay, maxGradNorm } = train;
  const optim = { learningRate, beta1, beta2, epsilon, weightDecay, maxGradNorm, resetMoments: false };
  await trainer.trainStep(batch, optim, signal);
  const update = await timed(() => trainer.trainStep(batch, optim, signal));
  const published = await timed(() => trainer.publish(signal));
  return {
    // The first round computes the prompt. The second round finds the prompt in the cache.
    prompt: promptIds.length / first.seconds,
    sampled: Math.max(more, 1) / Math.max(long.seconds - short.seconds, 1e-3),
    trained: trainedTokens / update.seconds,
    publishSeconds: published.seconds,
    peakBytes: update.value.peakMemoryBytes,
  };
}

function probeBatch(experiment: Experiment, promptIds: Int32Array, samples: readonly Sample[]): TrainBatch {
  const sequences = samples.map(
    (sample, index): TrainSequence => ({
      promptRef: 0,
      completionIds: sample.tokenIds,
      weights: new Float32Array(sample.tokenIds.length).fill(1),
      advantages: new Float32Array(sample.tokenIds.length).fill(index % 2 === 0 ? 1 : -1),
      behaviorLogprobs: sample.logprobs,
      temperature: experiment.challenger.temperature,
      role: "challenger",
      groupId: "dry-run",
      sampleId: `dry-run/${index}`,
    }),
  );
  return {
    prompts: [promptIds],
    sequences,
    loss: experiment.train.loss,
    normalizer: samples.length * experiment.challenger.maxTokens,
  };
}

/** A typical task, used where prompts are only rendered. */
function exampleTask(segmentId: string): Task {
  return {
    id: "dry-run",
    segmentId,
    question: "What is the capital of Australia?",
    answer: "Canberra",
    answerType: "string",
    options: [],
    quotes: [],
    shuffled: [],
    evidence: { start: 0, end: 0 },
  };
}
