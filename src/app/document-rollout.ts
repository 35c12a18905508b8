import type { Finding, Refused } from "../core/admission/check.js";
import { screenDocument } from "../core/admission/document-checks.js";
import type { Prompt } from "../core/chat.js";
import type { Segment } from "../core/document.js";
import type { Experiment } from "../core/experiment.js";
import { drawFocus } from "../core/focus.js";
import { formatOf } from "../core/format-mix.js";
import { keyed } from "../core/rng.js";
import type { Span } from "../core/spans.js";
import type { TaskFormat } from "../core/task.js";
import type { SamplingParams } from "./ports.js";
import { streamProposals } from "./proposal-stream.js";
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
  /** Why nothing was written about it; null when it was played. */
  readonly refusal: Finding | null;
  /** By index. Proposals that were cancelled because enough valid ones had come are not in it. */
  readonly proposals: readonly JudgedProposal[];
  readonly judge: ProposalJudge;
}

/**
 * Sample and judge a document's proposals until a group is full and one of them is valid, or N are spent.
 *
 * @param slot place of the document among the `slots` documents of the step
 */
export async function playDocument(
  context: RolloutContext,
  slot: number,
  slots: number,
  segment: Segment,
): Promise<PlayedDocument> {
  const { challenger, admission } = context.experiment;
  const screened = screenDocument(segment, admission.document);
  if (screened.refusal !== null) return refusedDocument(context, slot, slots, segment, screened.refusal);
  const format = await chooseFormat(context, slot, slots, segment);
  const focus = chooseFocus(context, segment);
  const prompt = context.family.challenger(segment, format, focus);
  const eager = challenger.maxProposals <= challenger.groupSize;
  const judge = new ProposalJudge(context, { segment, format, focus }, eager);
  const params = samplingParams(context.experiment, context.family.challengerStops);
  const drawn = await streamProposals(context, { segmentId: segment.id, prompt, params, judge });
  return { slot, segment, format, focus, prompt, refusal: null, judge, ...drawn };
}

/** No token is spent on a document that no question may be asked about; its episode says why. */
function refusedDocument(
  context: RolloutContext,
  slot: number,
  slots: number,
  segment: Segment,
  { refusal: code, detail }: Refused,
): PlayedDocument {
  const format = drawnFormat(context, slot, slots);
  const focus = chooseFocus(context, segment);
  return {
    ...{ slot, segment, format, focus, refusal: { code, detail } },
    prompt: context.family.challenger(segment, format, focus),
    promptIds: new Int32Array(),
    proposals: [],
    judge: new ProposalJudge(context, { segment, format, focus }, false),
  };
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
      retries: experiment.run.sampleRetries,
      signal: context.signal,
    });
    const chosen = family.parseFormat(samples.get(0)?.text ?? "");
    if (chosen !== null) return chosen;
  }
  return drawnFormat(context, slot, slots);
}

function drawnFormat({ experiment, step }: RolloutContext, slot: number, slots: number): TaskFormat {
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
