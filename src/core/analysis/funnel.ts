import { stageOf, withUnknown } from "../admission/codes.js";
import { REFUSAL_STAGES, type RefusalStage } from "../admission/stages.js";
import type { Episode, ProposalRecord } from "../records/episode.js";
import type { ReasonCode } from "../records/finding.js";

/** A stage of the way from a written proposal to a task worth training on. */
export type FunnelStage = RefusalStage | "attempts" | "difficulty";

/**
 * Why a proposal went no further: a reason code of admission, or `not_graded`, `never_right` or
 * `always_right` for what its blind attempts were. A run of an older version may hold other codes.
 */
export type FunnelReason = ReasonCode;

/** One proposal that ended at a stage, for people. */
export interface FunnelExample {
  readonly step: number;
  readonly slot: number;
  readonly index: number;
  /** Its question when it has one, else the text as it was written. */
  readonly text: string;
  readonly detail: string;
}

export interface FunnelLoss {
  readonly reason: FunnelReason;
  readonly count: number;
  /** Of those that entered the stage, 0 to 1. */
  readonly share: number;
  readonly examples: readonly FunnelExample[];
}

export interface FunnelStep {
  readonly stage: FunnelStage;
  readonly entered: number;
  readonly passed: number;
  /** Most frequent first. */
  readonly lost: readonly FunnelLoss[];
}

/** Where a run's proposals die. */
export interface FunnelReport {
  /** Documents that were drawn, and those whose own checks refused them before anything was written. */
  readonly documents: number;
  readonly documentsRefused: Readonly<Record<ReasonCode, number>>;
  readonly proposals: number;
  readonly admitted: number;
  /** Admitted tasks that some blind attempts solve and some do not. */
  readonly learnable: number;
  readonly stages: readonly FunnelStep[];
  /** What should worry people, most pressing first; empty when nothing does. */
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

/** With fewer than this at a stage, that nothing passes says little. */
const MIN_ENTERED = 8;
/** A reason that takes more than this share of all proposals dominates the run. */
const DOMINANT_SHARE = 0.5;
const STAGES: readonly FunnelStage[] = [...REFUSAL_STAGES, "attempts", "difficulty"];

/** Collects a run episode by episode; texts are kept for the first examples of each reason only. */
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
        // Outside the training group it has no attempts, and nothing speaks against it.
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
    const reasons = withUnknown(["not_graded", "never_right", "always_right", ...this.#lost.keys()]);
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
