import type { Segment } from "../../core/records/document.js";
import type { Episode, UnscoredEpisode, UnscoredProposal } from "../../core/records/episode.js";
import type { Sample } from "../ports/trainer.js";
import type { SolvedDocument, SolvedProposal } from "./solve.js";
import type { StepContext } from "./step-context.js";

/** The tokens of one training group. */
export interface GroupTokens {
  /** The prompt that all samples of the group share. */
  readonly promptIds: Int32Array;
  /** The samples. The key is the `index` of the proposal or of the attempt. */
  readonly samples: ReadonlyMap<number, Sample>;
}

/** The tokens of an episode, exactly as the sampler sent them. */
export interface EpisodeTokens {
  /** The proposals. */
  readonly challenger: GroupTokens;
  /** The attempts on one task; null when no task of the document trains the Reasoner. */
  readonly reasoner: GroupTokens | null;
}

/** One document of a step: its scored record, its text and its tokens. */
export interface PlayedDocument {
  readonly episode: Episode;
  readonly segment: Segment;
  readonly tokens: EpisodeTokens;
}

/**
 * The record of a document, before it is scored. The order of the keys is the order in
 * episodes.jsonl.
 */
export function unscoredEpisode({ step, family }: StepContext, document: SolvedDocument): UnscoredEpisode {
  const { segment, trained } = document;
  return {
    step,
    slot: document.slot,
    segmentId: segment.id,
    documentId: segment.document.id,
    format: document.format,
    focus: document.focus,
    promptTemplate: family.id,
    challengerPrompt: document.prompt,
    ...(document.refusal === null ? {} : { documentRefusal: document.refusal }),
    proposals: document.proposals.map(unscoredProposal),
    reasoner: trained && { proposalIndex: trained.proposalIndex, taskId: trained.task.id },
  };
}

function unscoredProposal({ proposal, selected, attempts }: SolvedProposal): UnscoredProposal {
  const { sample, findings, modelChecks } = proposal;
  return {
    index: proposal.index,
    text: sample.text,
    tokens: sample.tokenIds.length,
    policyVersion: sample.policyVersion,
    refusal: proposal.refusal,
    detail: proposal.detail,
    ...(findings.length === 0 ? {} : { findings }),
    task: proposal.task,
    openBook: proposal.openBook,
    ...(modelChecks.length === 0 ? {} : { modelChecks }),
    attempts: attempts?.attempts.map(({ record }) => record) ?? [],
    selected,
    gold: proposal.gold,
  };
}

/**
 * The tokens of a document's proposals and of the attempts on the task that trains the Reasoner.
 */
export function tokensOf({ promptIds, proposals, trained }: SolvedDocument): EpisodeTokens {
  return {
    challenger: {
      promptIds,
      samples: new Map(proposals.map(({ proposal }) => [proposal.index, proposal.sample])),
    },
    reasoner: trained && {
      promptIds: trained.attempts.promptIds,
      samples: new Map(trained.attempts.attempts.map(({ record, sample }) => [record.index, sample])),
    },
  };
}
