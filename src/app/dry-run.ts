import type { Prompt } from "../core/chat.js";
import type { Experiment } from "../core/experiment.js";
import { drawFocus } from "../core/focus.js";
import { promptFamily } from "../core/prompts/index.js";
import { keyed } from "../core/rng.js";
import type { Task } from "../core/task.js";
import { SpiceError } from "./errors.js";
import type { Clock, Corpus, Trainer } from "./ports.js";
import { draw } from "./sampling.js";
import { drawSegments } from "./warmup.js";

/** One rendered prompt and its length under the trainer's own tokenizer. */
export interface RenderedPrompt {
  readonly role: "challenger" | "open book" | "blind";
  readonly prompt: Prompt;
  readonly tokens: number;
}

/** What a step would cost. Upper bounds: every response at its longest, every proposal admitted. */
export interface DryRunReport {
  readonly segmentId: string;
  readonly prompts: readonly RenderedPrompt[];
  readonly sampledTokensPerStep: number;
  readonly promptTokensPerStep: number;
  readonly trainedTokensPerStep: number;
  /** Completion tokens a second in a probe of one group of the Challenger, cache cold. */
  readonly probedTokensPerSecond: number;
  readonly secondsPerStep: number;
  readonly secondsTotal: number;
  readonly memoryBytes: {
    readonly weights: number;
    readonly gradients: number;
    readonly optimizer: number;
    readonly published: number;
  };
}

export interface DryRunDeps {
  readonly experiment: Experiment;
  readonly trainer: Trainer;
  readonly corpus: Corpus;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A backward pass costs about twice its forward pass (trainers.md 6.2). */
const TRAIN_TO_FORWARD_COST = 3;
/** Tokens of the probe: enough to time, few enough to wait for. */
const PROBE_TOKENS = 16;

/** Render one prompt of each role, probe the trainer's speed, and say what a step and the run would cost. Writes nothing. */
export async function dryRun(deps: DryRunDeps): Promise<DryRunReport> {
  const { experiment, trainer, corpus, clock, signal } = deps;
  const { challenger, reasoner, admission } = experiment;
  const family = promptFamily(challenger.prompts);
  const [segment] = await drawSegments(corpus, "selfplay", 1, [experiment.seed, 1, "documents"]);
  if (segment === undefined) throw new Error("a draw from a split that is not empty has a segment");
  const format = challenger.mix[0].format;
  const focus =
    challenger.focus === "passage"
      ? drawFocus(segment, keyed(experiment.seed, 1, segment.id, "focus", 0))
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
  const longest = Math.max(challengerTokens + challenger.maxTokens, openBookTokens + reasoner.maxTokens);
  if (longest > trainer.model.maxContextTokens) throw tooLong(longest, trainer.model.maxContextTokens);

  const proposals = challenger.documentsPerStep * challenger.groupSize;
  const promptTokensPerStep =
    challenger.documentsPerStep * challengerTokens +
    proposals * (openBookTokens - segment.tokens + blindTokens);
  const { openBook, paraphrase, optionsOnly, subjectBlind } = admission;
  // A task is of one format, so only one of the guess checks applies.
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

  const began = clock.now();
  const usage = { promptTokens: 0, completionTokens: 0, retries: 0 };
  await draw(trainer, {
    prompt: family.challenger(segment, format, focus),
    seeds: Array.from({ length: challenger.groupSize }, (_, index) =>
      keyed(experiment.seed, 0, segment.id, "dry-run", index).seed64(),
    ),
    params: {
      maxTokens: PROBE_TOKENS,
      temperature: challenger.temperature,
      topP: 1,
      topK: 0,
      stopStrings: [],
    },
    policyVersion: null,
    wantLogprobs: false,
    usage,
    signal,
  });
  const seconds = Math.max((clock.now() - began) / 1000, 1e-3);
  const processed = usage.promptTokens + usage.completionTokens;
  const secondsPerToken = seconds / Math.max(processed, 1);
  const forward = promptTokensPerStep + sampledTokensPerStep + TRAIN_TO_FORWARD_COST * trainedTokensPerStep;
  const secondsPerStep = forward * secondsPerToken;
  return {
    segmentId: segment.id,
    prompts: prompts.map((one, index) => ({ ...one, tokens: lengths[index] ?? 0 })),
    promptTokensPerStep,
    sampledTokensPerStep,
    trainedTokensPerStep,
    probedTokensPerSecond: usage.completionTokens / seconds,
    secondsPerStep,
    secondsTotal: secondsPerStep * experiment.steps,
    memoryBytes: memory(trainer),
  };
}

/** fp32 master weights, gradients and two moments for what is trained; published copies in the compute type. */
function memory({ model }: Trainer): DryRunReport["memoryBytes"] {
  const computeBytes = model.computeDtype === "float32" ? 4 : 2;
  return {
    weights: model.parameters * 4 + (computeBytes === 4 ? 0 : model.parameters * computeBytes),
    gradients: model.trainableParameters * 4,
    optimizer: model.trainableParameters * 8,
    published: model.parameters * computeBytes,
  };
}

/** Stands for a typical task when prompts are only rendered. */
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

function tooLong(tokens: number, limit: number): SpiceError {
  return new SpiceError(
    `A prompt and its longest response take ${tokens} tokens; the model's context holds ${limit}.`,
    {
      code: "PROMPT_TOO_LONG",
      boundary: "config",
      where: "model.maxContextTokens",
      hint: "Cut the segments shorter (`spice corpus add --max-tokens`), or lower challenger.maxTokens.",
      exit: 2,
    },
  );
}
