import type { Prompt } from "../core/chat.js";
import type { Segment } from "../core/document.js";
import type { Experiment } from "../core/experiment.js";
import { drawFocus } from "../core/focus.js";
import { formatOf } from "../core/format-mix.js";
import { keyed } from "../core/rng.js";
import type { Span } from "../core/spans.js";
import type { TaskFormat } from "../core/task.js";
import type { Sample, SamplingParams } from "./ports.js";
import { type JudgedProposal, ProposalJudge } from "./proposals.js";
import type { RolloutContext } from "./rollout-context.js";
import { draw } from "./sampling.js";

/** One document after proposals, cheap checks and open-book checks. */
export interface PlayedDocument {
  readonly slot: number;
  readonly segment: Segment;
  readonly format: TaskFormat;
  readonly focus: Span | null;
  readonly prompt: Prompt;
  readonly promptIds: Int32Array;
  /** By index. Proposals that were cancelled because enough valid ones had come are not in it. */
  readonly proposals: readonly JudgedProposal[];
  readonly judge: ProposalJudge;
}

/**
 * Sample and judge a document's proposals, chunk by chunk until one is valid or N are spent.
 *
 * @param slot place of the document among the `slots` documents of the step
 */
export async function playDocument(
  context: RolloutContext,
  slot: number,
  slots: number,
  segment: Segment,
): Promise<PlayedDocument> {
  const { challenger } = context.experiment;
  const format = await chooseFormat(context, slot, slots, segment);
  const focus = chooseFocus(context, segment);
  const prompt = context.family.challenger(segment, format, focus);
  const eager = challenger.maxProposals <= challenger.groupSize;
  const judge = new ProposalJudge(context, { segment, format, focus }, eager);
  const proposals: JudgedProposal[] = [];
  let promptIds: Int32Array = new Int32Array(0);
  for (let start = 0; start < challenger.maxProposals; start += challenger.chunk) {
    const count = Math.min(challenger.chunk, challenger.maxProposals - start);
    const drawn = await drawChunk(context, segment, prompt, judge, start, count);
    promptIds = drawn.promptIds;
    proposals.push(...drawn.proposals);
    if (proposals.length >= challenger.groupSize && proposals.some((one) => one.refusal === null)) break;
  }
  return { slot, segment, format, focus, prompt, promptIds, proposals, judge };
}

/**
 * One chunk. Each proposal is judged, in index order, while later ones are still being written. With more than a group to draw from, the
 * rest is cancelled once a valid proposal and a full group are known *in index order*: which proposals count then depends
 * on the seeds alone, never on which stream was faster.
 */
async function drawChunk(
  context: RolloutContext,
  segment: Segment,
  prompt: Prompt,
  judge: ProposalJudge,
  start: number,
  count: number,
): Promise<{ promptIds: Int32Array; proposals: JudgedProposal[] }> {
  const { experiment, family, sampler, step } = context;
  const { challenger } = experiment;
  const seeds = Array.from({ length: count }, (_, offset) =>
    keyed(experiment.seed, step, segment.id, "proposal", start + offset).seed64(),
  );
  const arrived: (Sample | undefined)[] = new Array(count);
  const done: (JudgedProposal | undefined)[] = new Array(count);
  const enough = new AbortController();
  let cut = count;
  const settle = () => {
    if (count <= challenger.groupSize) return;
    let valid = false;
    for (let index = 0; index < cut; index += 1) {
      const one = done[index];
      if (one === undefined) return;
      valid ||= one.refusal === null;
      if (valid && start + index + 1 >= challenger.groupSize) cut = index + 1;
    }
    if (cut < count) enough.abort();
  };
  const judged: Promise<void>[] = [];
  try {
    const { promptIds } = await draw(sampler, {
      prompt,
      seeds,
      params: samplingParams(experiment, family.challengerStops),
      policyVersion: context.policyVersion,
      wantLogprobs: true,
      usage: context.usage,
      signal: context.signal,
      enough: enough.signal,
      onSample: (sample) => {
        arrived[sample.sampleIndex] = sample;
        for (let next = arrived[judged.length]; next !== undefined; next = arrived[judged.length]) {
          const offset = next.sampleIndex;
          const read = judge.read({ ...next, sampleIndex: start + offset });
          const judging = judge.check(read).then((proposal) => {
            done[offset] = proposal;
            settle();
          });
          // Awaited below with the others; the handler only keeps an early failure from being "unhandled".
          judging.catch(() => undefined);
          judged.push(judging);
        }
      },
    });
    await Promise.all(judged);
    const proposals = done.slice(0, cut).filter((one) => one !== undefined);
    return { promptIds, proposals };
  } catch (error) {
    await Promise.allSettled(judged);
    throw error;
  }
}

/** The paper lets the model choose from the document; otherwise the format is drawn from the configured mix. */
async function chooseFormat(
  context: RolloutContext,
  slot: number,
  slots: number,
  segment: Segment,
): Promise<TaskFormat> {
  const { experiment, family, step } = context;
  const selection = experiment.challenger.format === "model" ? family.formatSelection(segment) : null;
  if (selection !== null) {
    const { samples } = await draw(context.sampler, {
      prompt: selection,
      seeds: [keyed(experiment.seed, step, segment.id, "format", 0).seed64()],
      params: samplingParams(experiment, []),
      policyVersion: context.policyVersion,
      wantLogprobs: false,
      usage: context.usage,
      signal: context.signal,
    });
    const chosen = family.parseFormat(samples.get(0)?.text ?? "");
    if (chosen !== null) return chosen;
  }
  return formatOf(experiment.challenger.mix, slot, slots, keyed(experiment.seed, step, "format").next());
}

function chooseFocus({ experiment, step }: RolloutContext, segment: Segment): Span | null {
  if (experiment.challenger.focus === "document") return null;
  return drawFocus(segment, keyed(experiment.seed, step, segment.id, "focus", 0));
}

function samplingParams({ challenger }: Experiment, stopStrings: readonly string[]): SamplingParams {
  const { maxTokens, temperature, topP } = challenger;
  return { maxTokens, temperature, topP, topK: 0, stopStrings };
}
