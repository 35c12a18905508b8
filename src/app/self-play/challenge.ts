import { type ScreenedDocument, screenDocument } from "../../core/admission/document/screen-document.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import { pickFocus } from "../../core/game/focus.js";
import { formatOf } from "../../core/game/formats.js";
import { keyed } from "../../core/random/rng.js";
import type { Segment } from "../../core/records/document.js";
import type { Finding, Refused } from "../../core/records/finding.js";
import type { Prompt } from "../../core/records/prompt.js";
import type { TaskFormat } from "../../core/records/task.js";
import type { Span } from "../../core/text/spans.js";
import type { SamplingParams } from "../ports/trainer.js";
import { type CheckedProposal, ProposalChecks } from "./proposal-checks.js";
import { streamProposals } from "./proposal-stream.js";
import { draw } from "./sample.js";
import type { RolloutContext } from "./step-context.js";

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
  readonly proposals: readonly CheckedProposal[];
  readonly judge: ProposalChecks;
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
  const screened = screenDocument(segment, admission);
  if (screened.refusal !== null)
    return refusedDocument(context, slot, slots, segment, screened, screened.refusal);
  const format = await chooseFormat(context, slot, slots, segment);
  const focus = chooseFocus(context, segment);
  const prompt = context.family.challenger(segment, format, focus);
  const eager = challenger.maxProposals <= challenger.groupSize;
  const judge = new ProposalChecks(context, { segment, document: screened, format, focus }, eager);
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
  document: ScreenedDocument,
  { code, detail }: Refused,
): PlayedDocument {
  const format = pickFormat(context, slot, slots);
  const focus = chooseFocus(context, segment);
  return {
    ...{ slot, segment, format, focus, refusal: { code, detail } },
    prompt: context.family.challenger(segment, format, focus),
    promptIds: new Int32Array(),
    proposals: [],
    judge: new ProposalChecks(context, { segment, document, format, focus }, false),
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
  return pickFormat(context, slot, slots);
}

function pickFormat({ experiment, step }: RolloutContext, slot: number, slots: number): TaskFormat {
  return formatOf(experiment.challenger.mix, slot, slots, keyed(experiment.seed, step, "format").next());
}

function chooseFocus({ experiment, step }: RolloutContext, segment: Segment): Span | null {
  if (experiment.challenger.focus === "document") return null;
  return pickFocus(segment, keyed(experiment.seed, step, segment.id, "focus", 0));
}

function samplingParams({ challenger }: Experiment, stopStrings: readonly string[]): SamplingParams {
  const { maxTokens, temperature, topP } = challenger;
  return { maxTokens, temperature, topP, topK: 0, stopStrings };
}
