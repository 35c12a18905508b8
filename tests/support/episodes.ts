import type { Verdict } from "../../src/core/records/answer.js";
import type { Attempt, Episode, ProposalRecord } from "../../src/core/records/episode.js";
import { makeTask } from "./fixtures.js";

/** Attempts with these verdicts, in order. */
export function attempts(...verdicts: readonly Verdict[]): Attempt[] {
  return verdicts.map((verdict, index) => ({
    index,
    text: "",
    answer: null,
    verdict,
    tokens: 3,
    policyVersion: 1,
  }));
}

/** A selected proposal as it is before scoring. */
export function makeProposal(changes: Partial<ProposalRecord> = {}): ProposalRecord {
  const admitted = (changes.refusal ?? null) === null;
  return {
    index: 0,
    text: "",
    tokens: 20,
    policyVersion: 1,
    refusal: null,
    detail: "",
    task: admitted ? makeTask() : null,
    openBook: [],
    attempts: [],
    selected: true,
    passRate: null,
    reward: null,
    advantage: null,
    gold: admitted ? "right" : null,
    ...changes,
  };
}

/** An unscored episode; proposals are numbered in order. */
export function makeEpisode(
  proposals: readonly ProposalRecord[],
  reasonerProposal: number | null = null,
): Episode {
  return {
    step: 1,
    slot: 0,
    segmentId: "segment",
    documentId: "document",
    format: { kind: "free", answerType: "string" },
    focus: null,
    promptTemplate: "small/3",
    challengerPrompt: { kind: "text", text: "" },
    proposals: proposals.map((proposal, index) => ({ ...proposal, index })),
    reasoner:
      reasonerProposal === null
        ? null
        : { proposalIndex: reasonerProposal, taskId: "", rewards: [], advantages: [] },
  };
}
