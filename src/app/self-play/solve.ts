import { verify } from "../../core/answers/verify.js";
import { stopsEarly } from "../../core/game/early-stop.js";
import { keyed } from "../../core/random/rng.js";
import type { Attempt } from "../../core/records/episode.js";
import type { Prompt } from "../../core/records/prompt.js";
import type { Task } from "../../core/records/task.js";
import type { Sample } from "../ports/trainer.js";
import { draw } from "./sample.js";
import type { RolloutContext } from "./step-context.js";

/** Judged answers to one task, with the tokens they were made of. */
export interface AttemptSet {
  readonly promptIds: Int32Array;
  readonly attempts: readonly Attempt[];
  /** Same order as `attempts`. */
  readonly samples: readonly Sample[];
}

/** What a check of admission asks the Reasoner. */
export interface CheckRequest {
  readonly prompt: Prompt;
  readonly task: Task;
  /** Keys the draws: attempts of different checks are independent. */
  readonly purpose: string;
  readonly attempts: number;
  readonly temperature: number;
  /** Index of the first one. */
  readonly from: number;
  readonly enough: AbortSignal;
}

/** Reasoner answers for a check of admission: judged, and never trained on. */
export async function checkAttempts(
  context: RolloutContext,
  { prompt, task, purpose, attempts, temperature, from, enough }: CheckRequest,
): Promise<readonly Attempt[]> {
  const request = { prompt, task, purpose, from, to: from + attempts, temperature, enough };
  return (await attempt(context, request)).attempts;
}

/**
 * Reasoner answers without the document: their pass rate is the task's difficulty. With `reasoner.earlyStop` the rest is not drawn
 * when the first ones agree.
 */
export async function blindAttempts(
  context: RolloutContext,
  prompt: Prompt,
  task: Task,
): Promise<AttemptSet> {
  const { earlyStop, groupSize } = context.experiment.reasoner;
  if (earlyStop === null) return drawBlind(context, prompt, task, 0, groupSize);
  const first = await drawBlind(context, prompt, task, 0, earlyStop);
  const verdicts = first.attempts.map((one) => one.verdict);
  return stopsEarly(verdicts, { look: earlyStop, attempts: groupSize })
    ? first
    : completeBlind(context, prompt, task, first);
}

/** The same attempts and those that early stopping left out: the set that the Reasoner trains on is always whole. */
export async function completeBlind(
  context: RolloutContext,
  prompt: Prompt,
  task: Task,
  set: AttemptSet,
): Promise<AttemptSet> {
  const { groupSize } = context.experiment.reasoner;
  if (set.attempts.length >= groupSize) return set;
  const rest = await drawBlind(context, prompt, task, set.attempts.length, groupSize);
  return {
    promptIds: set.promptIds,
    attempts: [...set.attempts, ...rest.attempts],
    samples: [...set.samples, ...rest.samples],
  };
}

function drawBlind(
  context: RolloutContext,
  prompt: Prompt,
  task: Task,
  from: number,
  to: number,
): Promise<AttemptSet> {
  const { temperature } = context.experiment.reasoner;
  return attempt(context, { prompt, task, purpose: "blind", from, to, temperature, wantLogprobs: true });
}

interface AttemptRequest {
  readonly prompt: Prompt;
  readonly task: Task;
  readonly purpose: string;
  /** First index, and the one after the last. */
  readonly from: number;
  readonly to: number;
  readonly temperature: number;
  /** For attempts that may be trained on. */
  readonly wantLogprobs?: boolean;
  readonly enough?: AbortSignal;
}

/**
 * Seeds are keyed by the task's content and the attempt's index, not by the proposal that happened to bring it, so that neither
 * arrival order, a repeated proposal nor an early stop changes what is drawn.
 */
async function attempt(context: RolloutContext, request: AttemptRequest): Promise<AttemptSet> {
  const { experiment, family, sampler, usage, signal, step } = context;
  const { prompt, task, purpose, from, to, temperature, wantLogprobs = false, enough } = request;
  const seeds = Array.from({ length: to - from }, (_, offset) =>
    keyed(experiment.seed, step, task.segmentId, purpose, task.id, from + offset).seed64(),
  );
  const { promptIds, samples } = await draw(sampler, {
    prompt,
    seeds,
    params: {
      maxTokens: experiment.reasoner.maxTokens,
      temperature,
      topP: experiment.reasoner.topP,
      topK: 0,
      stopStrings: family.reasonerStops,
    },
    policyVersion: context.policyVersion,
    wantLogprobs,
    usage,
    signal,
    retries: experiment.run.sampleRetries,
    ...(enough === undefined ? {} : { enough }),
  });
  const ordered = [...samples.values()]
    .map((sample) => ({ ...sample, sampleIndex: from + sample.sampleIndex }))
    .sort((a, b) => a.sampleIndex - b.sampleIndex);
  return { promptIds, samples: ordered, attempts: ordered.map((sample) => judge(context, task, sample)) };
}

function judge({ family }: RolloutContext, task: Task, sample: Sample): Attempt {
  const answer = sample.reason === "error" ? null : family.parseAnswer(sample.text, task);
  return {
    index: sample.sampleIndex,
    text: sample.text,
    answer,
    verdict: sample.reason === "error" ? "infrastructure" : verify(task, answer),
    tokens: sample.tokenIds.length,
    policyVersion: sample.policyVersion,
  };
}
