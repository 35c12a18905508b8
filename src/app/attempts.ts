import { verify } from "../core/answers.js";
import type { Prompt } from "../core/chat.js";
import type { Attempt } from "../core/episode.js";
import { keyed } from "../core/rng.js";
import type { Task } from "../core/task.js";
import type { Sample } from "./ports.js";
import type { RolloutContext } from "./rollout-context.js";
import { draw } from "./sampling.js";

/** Judged answers to one task, with the tokens they were made of. */
export interface AttemptSet {
  readonly promptIds: Int32Array;
  readonly attempts: readonly Attempt[];
  /** Same order as `attempts`. */
  readonly samples: readonly Sample[];
}

/** Reasoner answers with the document in hand: can the gold be reached from the text at all? */
export function openBookAttempts(context: RolloutContext, prompt: Prompt, task: Task): Promise<AttemptSet> {
  const { openBook } = context.experiment.admission;
  return attempt(context, prompt, task, "open-book", openBook.attempts, openBook.temperature, false);
}

/** Reasoner answers without the document: their pass rate is the task's difficulty, and one task's set is trained on. */
export function blindAttempts(context: RolloutContext, prompt: Prompt, task: Task): Promise<AttemptSet> {
  const { reasoner } = context.experiment;
  return attempt(context, prompt, task, "blind", reasoner.groupSize, reasoner.temperature, true);
}

/**
 * Seeds are keyed by the task's content, not by the proposal that happened to bring it, so that neither arrival order nor
 * a repeated proposal changes what is drawn.
 */
async function attempt(
  context: RolloutContext,
  prompt: Prompt,
  task: Task,
  purpose: string,
  count: number,
  temperature: number,
  wantLogprobs: boolean,
): Promise<AttemptSet> {
  const { experiment, family, sampler, usage, signal, step } = context;
  const seeds = Array.from({ length: count }, (_, index) =>
    keyed(experiment.seed, step, task.segmentId, purpose, task.id, index).seed64(),
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
  });
  const ordered = [...samples.values()].sort((a, b) => a.sampleIndex - b.sampleIndex);
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
