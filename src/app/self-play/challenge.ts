import { screenDocument } from "../../core/admission/document/screen-document.js";
import { pickFocus } from "../../core/game/focus.js";
import { formatOf } from "../../core/game/formats.js";
import { keyed } from "../../core/random/rng.js";
import type { Segment } from "../../core/records/document.js";
import type { Finding } from "../../core/records/finding.js";
import type { Prompt } from "../../core/records/prompt.js";
import type { TaskFormat } from "../../core/records/task.js";
import type { Span } from "../../core/text/spans.js";
import type { SamplingParams } from "../ports/trainer.js";
import type { BlindAttempts } from "./attempts.js";
import { type CheckedProposal, ProposalChecks } from "./proposal-checks.js";
import { streamProposals } from "./proposal-stream.js";
import { sampleCompletions } from "./sample.js";
import type { StepContext } from "./step-context.js";

/** A document and its place in the step. */
export interface PlacedSegment {
  readonly segment: Segment;
  /** Place of the document, from 0 to `slots` - 1. */
  readonly slot: number;
  /** Number of documents in the step. */
  readonly slots: number;
}

/** A document with checked proposals. */
export interface ChallengedDocument {
  readonly slot: number;
  readonly segment: Segment;
  /** Type of task that the Challenger was asked for. */
  readonly format: TaskFormat;
  /** Passage to ask about; null for the whole segment. */
  readonly focus: Span | null;
  readonly prompt: Prompt;
  readonly promptIds: Int32Array;
  /** The document check that refused the document; null when no check refused it. */
  readonly refusal: Finding | null;
  /**
   * In index order. When the document has enough proposals, the others are cancelled. Cancelled
   * proposals are not in this list.
   */
  readonly proposals: readonly CheckedProposal[];
}

/**
 * The Challenger's part of a step for one document. Samples proposals, and checks each proposal
 * while other proposals are still being written. Keeps the first n proposals; `streamProposals`
 * defines n.
 */
export async function challenge(
  context: StepContext,
  blind: BlindAttempts,
  place: PlacedSegment,
): Promise<ChallengedDocument> {
  const { experiment, family } = context;
  const { segment, slot } = place;
  const screened = screenDocument(segment, experiment.admission);
  if (screened.refusal !== null) return refusedDocument(context, place, screened.refusal);
  const format = await chooseFormat(context, place);
  const focus = chooseFocus(context, segment);
  const prompt = family.challenger(segment, format, focus);
  const checks = new ProposalChecks(context, blind, { segment, document: screened, format, focus });
  const params = samplingParams(context, family.challengerStops);
  const streamed = await streamProposals(context, { segmentId: segment.id, prompt, params, checks });
  return { slot, segment, format, focus, prompt, refusal: null, ...streamed };
}

/**
 * The result for a document that a document check refuses. The Challenger is not asked about the
 * document, so the document costs no token. The episode contains the reason.
 */
function refusedDocument(
  context: StepContext,
  place: PlacedSegment,
  { code, detail }: Finding,
): ChallengedDocument {
  const { segment, slot } = place;
  const format = pickFormat(context, place);
  const focus = chooseFocus(context, segment);
  return {
    slot,
    segment,
    format,
    focus,
    refusal: { code, detail },
    prompt: context.family.challenger(segment, format, focus),
    promptIds: new Int32Array(),
    proposals: [],
  };
}

/**
 * The task format of a document. With `challenger.format: model`, the model reads the document and
 * chooses the format, as in the paper. With `mix`, or when the model's choice cannot be read, the
 * configured mix decides.
 */
async function chooseFormat(context: StepContext, place: PlacedSegment): Promise<TaskFormat> {
  const { experiment, family, step } = context;
  const { segment } = place;
  const selection = experiment.challenger.format === "model" ? family.formatSelection(segment) : null;
  if (selection !== null) {
    const { samples } = await sampleCompletions(context, {
      prompt: selection,
      seeds: [keyed(experiment.seed, step, segment.id, "format", 0).seed64()],
      params: samplingParams(context, []),
      wantLogprobs: false,
    });
    const chosen = family.parseFormat(samples.get(0)?.text ?? "");
    if (chosen !== null) return chosen;
  }
  return pickFormat(context, place);
}

function pickFormat({ experiment, step }: StepContext, { slot, slots }: PlacedSegment): TaskFormat {
  return formatOf(experiment.challenger.mix, slot, slots, keyed(experiment.seed, step, "format").next());
}

function chooseFocus({ experiment, step }: StepContext, segment: Segment): Span | null {
  if (experiment.challenger.focus === "document") return null;
  return pickFocus(segment, keyed(experiment.seed, step, segment.id, "focus", 0));
}

function samplingParams({ experiment }: StepContext, stopStrings: readonly string[]): SamplingParams {
  const { maxTokens, temperature, topP } = experiment.challenger;
  return { maxTokens, temperature, topP, topK: 0, stopStrings };
}
