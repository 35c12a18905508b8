import type { Attempt, Episode, ProposalRecord, TwoArm } from "../records/episode.js";
import type { ArmCount } from "./rewards.js";

/** With the document, fewer right than this: the gold is probably wrong, or the question cannot be understood. */
const OPEN_LOW = 0.5;
/** Blind, at most this share right is hard, and at least one minus it is easy. */
const BLIND_LOW = 0.25;

/** Right and graded attempts; those lost to the engine are neither. */
export function armCount(attempts: readonly Attempt[]): ArmCount {
  const graded = attempts.filter((one) => one.verdict !== "infrastructure");
  return { correct: graded.filter((one) => one.verdict === "correct").length, graded: graded.length };
}

/**
 * The two arms side by side (docs/truth.md): a task that fails blind but not with its document is hard; one that fails with
 * the document too has, most likely, a wrong gold. Null without open-book attempts.
 */
export function twoArm({ openBook, attempts }: Pick<ProposalRecord, "openBook" | "attempts">): TwoArm | null {
  const [open, blind] = [armCount(openBook), armCount(attempts)];
  if (open.graded === 0) return null;
  const openRate = open.correct / open.graded;
  const blindRate = blind.graded === 0 ? null : blind.correct / blind.graded;
  const gap = blindRate === null ? null : openRate - blindRate;
  return { open: openRate, blind: blindRate, gap, diagnosis: diagnose(openRate, blindRate) };
}

function diagnose(open: number, blind: number | null): TwoArm["diagnosis"] {
  if (open < OPEN_LOW) return "wrong";
  if (blind === null) return "untried";
  if (blind <= BLIND_LOW) return "hard";
  return blind >= 1 - BLIND_LOW ? "easy" : "fitting";
}

/** The episode with the diagnosis of every proposal that was tried with its document. */
export function diagnosed(episode: Episode): Episode {
  const proposals = episode.proposals.map((proposal) => {
    const arms = twoArm(proposal);
    return arms === null ? proposal : { ...proposal, twoArm: arms };
  });
  return { ...episode, proposals };
}
