import { stageOf, withUnknown } from "../admission/codes.js";
import { REFUSAL_STAGES, type RefusalStage } from "../admission/stages.js";
import type { Episode, ProposalRecord } from "../records/episode.js";
import type { ReasonCode } from "../records/finding.js";

/** A stage between a written proposal and a task that can train the model. */
export type FunnelStage = RefusalStage | "attempts" | "difficulty";

/**
 * Why a proposal ended at a stage: a reason code of admission, or the result of its blind attempts
 * (`not_graded`, `never_right`, `always_right`). A run of an older version may hold other codes.
 */
export type FunnelReason = ReasonCode;

/** An example of a proposal that ended at a stage. */
export interface FunnelExample {
  readonly step: number;
  readonly slot: number;
  readonly index: number;
  /** Its question; the text as it was written when no question was read. */
  readonly text: string;
  readonly detail: string;
}

export interface FunnelLoss {
  readonly reason: FunnelReason;
  readonly count: number;
  /** Share of the proposals that entered the stage, from 0 to 1. */
  readonly share: number;
  readonly examples: readonly FunnelExample[];
}

export interface FunnelStep {
  readonly stage: FunnelStage;
  readonly entered: number;
  readonly passed: number;
  /** Reasons, most frequent first. */
  readonly lost: readonly FunnelLoss[];
}

/** Where the proposals of a run end. */
export interface FunnelReport {
  /** Documents that were picked, and documents that a document check refused. */
  readonly documents: number;
  readonly documentsRefused: Readonly<Record<ReasonCode, number>>;
  readonly proposals: number;
  readonly admitted: number;
  /** Admitted tasks that some blind attempts solve and some do not. */
  readonly learnable: number;
  readonly stages: readonly FunnelStep[];
  /** Warnings for people, most important first; empty when there is no reason for a warning. */
  readonly warnings: readonly FunnelWarning[];
}

export type FunnelWarning =
  | { readonly kind: "nothing_written" }
  | { readonly kind: "nothing_passes"; readonly stage: FunnelStage; readonly entered: number }
  | {
      readonly kind: "one_reason";
      readonly reason: FunnelReason;
      readonly count: number;
      readonly share: number;
    };

/** Smallest number of proposals at a stage for a warning that no proposal passes the stage. */
const MIN_ENTERED = 8;
/** Share of all proposals above which one reason gives a warning. */
const DOMINANT_SHARE = 0.5;
const STAGES: readonly FunnelStage[] = [...REFUSAL_STAGES, "attempts", "difficulty"];
const ATTEMPT_REASONS: readonly FunnelReason[] = ["not_graded", "never_right", "always_right"];

/**
 * Collects the funnel of a run, one episode at a time. Texts are kept only for the first examples
 * of each reason.
 */
export class Funnel {
  readonly #lost = new Map<FunnelReason, { stage: FunnelStage; count: number; examples: FunnelExample[] }>();
  readonly #documentsRefused: Record<ReasonCode, number> = {};
  #documents = 0;
  #proposals = 0;
  #learnable = 0;

  /** @param examples kept for each reason */
  constructor(private readonly examples: number) {}

  add(episode: Episode): void {
    this.#documents += 1;
    const code = episode.documentRefusal?.code;
    if (code !== undefined) this.#documentsRefused[code] = (this.#documentsRefused[code] ?? 0) + 1;
    for (const proposal of episode.proposals) {
      this.#proposals += 1;
      const end = endOf(proposal);
      if (end === null) {
        // Proposals outside the training group have no attempts and are not counted as a loss.
        if (proposal.passRate !== null) this.#learnable += 1;
        continue;
      }
      const known = this.#lost.get(end.reason) ?? { stage: end.stage, count: 0, examples: [] };
      this.#lost.set(end.reason, known);
      known.count += 1;
      if (known.examples.length < this.examples) known.examples.push(exampleOf(episode, proposal));
    }
  }

  report(): FunnelReport {
    const reasons = withUnknown([...ATTEMPT_REASONS, ...this.#lost.keys()]);
    let left = this.#proposals;
    const stages = STAGES.map((stage): FunnelStep => {
      const entered = left;
      const lost = reasons
        .flatMap((reason) => {
          const found = this.#lost.get(reason);
          if (found === undefined || found.stage !== stage) return [];
          left -= found.count;
          return [{ reason, count: found.count, share: found.count / entered, examples: found.examples }];
        })
        .sort((a, b) => b.count - a.count);
      return { stage, entered, passed: left, lost };
    });
    const admitted = stages.find(({ stage }) => stage === "model")?.passed ?? 0;
    return {
      documents: this.#documents,
      documentsRefused: { ...this.#documentsRefused },
      proposals: this.#proposals,
      admitted,
      learnable: this.#learnable,
      stages,
      warnings: warningsOf(this.#proposals, stages),
    };
  }
}

function endOf({ refusal, passRate, selected }: ProposalRecord): {
  stage: FunnelStage;
  reason: FunnelReason;
} | null {
  if (refusal !== null) return { stage: stageOf(refusal), reason: refusal };
  if (!selected) return null;
  if (passRate === null) return { stage: "attempts", reason: "not_graded" };
  if (passRate === 0) return { stage: "difficulty", reason: "never_right" };
  return passRate === 1 ? { stage: "difficulty", reason: "always_right" } : null;
}

function exampleOf(
  { step, slot }: Episode,
  { index, task, text, detail, attempts }: ProposalRecord,
): FunnelExample {
  const answers = [...new Set(attempts.map((one) => one.answer ?? "(none)"))].slice(0, 4);
  return {
    step,
    slot,
    index,
    text: task === null ? text : `${task.question} Gold: ${task.answer}`,
    detail: detail === "" && attempts.length > 0 ? `Answers: ${answers.join("; ")}` : detail,
  };
}

function warningsOf(proposals: number, stages: readonly FunnelStep[]): FunnelWarning[] {
  if (proposals === 0) return [{ kind: "nothing_written" }];
  const blocked = stages.find(({ entered, passed }) => entered >= MIN_ENTERED && passed === 0);
  const losses = stages.flatMap(({ lost }) => lost);
  const dominant = losses.find(({ count }) => proposals >= MIN_ENTERED && count / proposals > DOMINANT_SHARE);
  return [
    ...(blocked === undefined
      ? []
      : [{ kind: "nothing_passes" as const, stage: blocked.stage, entered: blocked.entered }]),
    ...(dominant === undefined
      ? []
      : [
          {
            kind: "one_reason" as const,
            reason: dominant.reason,
            count: dominant.count,
            share: dominant.count / proposals,
          },
        ]),
  ];
}
