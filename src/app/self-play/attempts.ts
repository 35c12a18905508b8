import { verify } from "../../core/answers/verify.js";
import { stopsEarly } from "../../core/game/early-stop.js";
import { originOf } from "../../core/prompts/reading/origin.js";
import type { ThoughtAtStart } from "../../core/prompts/reading/reasoning.js";
import { keyed } from "../../core/random/rng.js";
import type { Attempt } from "../../core/records/episode.js";
import type { Prompt } from "../../core/records/prompt.js";
import type { Task } from "../../core/records/task.js";
import type { Sample } from "../ports/trainer.js";
import { isCutOff, sampleCompletions } from "./sample.js";
import type { StepContext } from "./step-context.js";

/** One verified answer of the Reasoner, and the sample that it was read from. */
export interface TracedAttempt {
  readonly record: Attempt;
  readonly sample: Sample;
}

/** Attempts on one task, in index order. */
export interface AttemptSet {
  readonly promptIds: Int32Array;
  readonly attempts: readonly TracedAttempt[];
}

/**
 * The blind attempts of one step. A blind attempt is an answer of the Reasoner without the
 * document.
 */
export class BlindAttempts {
  readonly #sets = new Map<string, Promise<AttemptSet>>();

  constructor(private readonly context: StepContext) {}

  /**
   * The attempts on a task. The first call samples them, and later calls get the same attempts.
   * With `reasoner.earlyStop`, the remaining attempts are not sampled when the first attempts are
   * all correct, or when none of them is correct. Equal tasks of one document share their attempts.
   */
  first(task: Task): Promise<AttemptSet> {
    const key = keyOf(task);
    const set = this.#sets.get(key) ?? this.#sampleFirst(task);
    this.#sets.set(key, set);
    return set;
  }

  /** All K attempts on a task. Samples the attempts that early stopping left out. */
  async all(task: Task): Promise<AttemptSet> {
    const set = await this.first(task);
    const rest = this.#sampleRest(task, set);
    this.#sets.set(keyOf(task), rest);
    return rest;
  }

  async #sampleFirst(task: Task): Promise<AttemptSet> {
    const { earlyStop, groupSize } = this.context.experiment.reasoner;
    if (earlyStop === null) return this.#sample(task, 0, groupSize);
    const first = await this.#sample(task, 0, earlyStop);
    const verdicts = first.attempts.map(({ record }) => record.verdict);
    const stops = stopsEarly(verdicts, { look: earlyStop, attempts: groupSize });
    return stops ? first : this.#sampleRest(task, first);
  }

  async #sampleRest(task: Task, set: AttemptSet): Promise<AttemptSet> {
    const { groupSize } = this.context.experiment.reasoner;
    if (set.attempts.length >= groupSize) return set;
    const rest = await this.#sample(task, set.attempts.length, groupSize);
    return { promptIds: set.promptIds, attempts: [...set.attempts, ...rest.attempts] };
  }

  #sample(task: Task, from: number, to: number): Promise<AttemptSet> {
    const { experiment, family } = this.context;
    const { temperature } = experiment.reasoner;
    const prompt = family.blind(task);
    return sampleAttempts(this.context, {
      prompt,
      task,
      purpose: "blind",
      from,
      to,
      temperature,
      wantLogprobs: true,
    });
  }
}

const keyOf = ({ segmentId, id }: Task) => `${segmentId} ${id}`;

/** A request of a model check for answers of the Reasoner. */
export interface CheckRequest {
  readonly prompt: Prompt;
  readonly task: Task;
  /** Part of the random keys: attempts of different checks are independent. */
  readonly purpose: string;
  readonly attempts: number;
  readonly temperature: number;
  /** Index of the first attempt. */
  readonly from: number;
  /**
   * Aborted when the document has enough proposals. The results of checks that have not ended are
   * then not needed.
   */
  readonly enough: AbortSignal;
}

/** Verified answers for a model check. They are never trained on. */
export async function checkAttempts(
  context: StepContext,
  { prompt, task, purpose, attempts, temperature, from, enough }: CheckRequest,
): Promise<readonly Attempt[]> {
  const request = { prompt, task, purpose, from, to: from + attempts, temperature, enough };
  const set = await sampleAttempts(context, request);
  return set.attempts.map(({ record }) => record);
}

interface AttemptRequest {
  readonly prompt: Prompt;
  readonly task: Task;
  readonly purpose: string;
  /** First index, and the index after the last attempt. */
  readonly from: number;
  readonly to: number;
  readonly temperature: number;
  /** True for attempts that may be trained on. */
  readonly wantLogprobs?: boolean;
  readonly enough?: AbortSignal;
}

/**
 * Samples answers and verifies them. The seed of an answer depends on the content of the task and
 * on the index of the attempt only. So the order of arrival, repeated proposals and early stopping
 * do not change an answer.
 */
async function sampleAttempts(context: StepContext, request: AttemptRequest): Promise<AttemptSet> {
  const { experiment, family, step } = context;
  const { prompt, task, purpose, from, to, temperature, wantLogprobs = false, enough } = request;
  const seeds = Array.from({ length: to - from }, (_, offset) =>
    keyed(experiment.seed, step, task.segmentId, purpose, task.id, from + offset).seed64(),
  );
  const { promptIds, samples } = await sampleCompletions(context, {
    prompt,
    seeds,
    params: {
      maxTokens: experiment.reasoner.maxTokens,
      temperature,
      topP: experiment.reasoner.topP,
      topK: 0,
      stopStrings: family.reasonerStops,
    },
    wantLogprobs,
    ...(enough === undefined ? {} : { enough }),
  });
  const thought = await context.thoughts.atEndOf(prompt, promptIds);
  const attempts = [...samples.values()]
    .map((sample) => ({ ...sample, sampleIndex: from + sample.sampleIndex }))
    .sort((a, b) => a.sampleIndex - b.sampleIndex)
    .map((sample) => ({ record: verifiedAttempt(context, task, sample, thought), sample }));
  return { promptIds, attempts };
}

function verifiedAttempt(
  { family }: StepContext,
  task: Task,
  sample: Sample,
  thought: ThoughtAtStart,
): Attempt {
  const lost = sample.reason === "error";
  const cutOff = isCutOff(sample.reason);
  const ending = { ...(cutOff && { cutOff }), ...(thought === "opened" && { thoughtOpened: true as const }) };
  const answer = lost ? null : family.parseAnswer(sample.text, task, originOf(ending));
  return {
    index: sample.sampleIndex,
    text: sample.text,
    answer,
    verdict: lost ? "infrastructure" : verify(task, answer),
    ...ending,
    tokens: sample.tokenIds.length,
    policyVersion: sample.policyVersion,
  };
}
