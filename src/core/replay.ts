import { centred } from "./advantages.js";
import type { Episode, ProposalRecord, ReasonerGroup } from "./episode.js";
import type { Experiment } from "./experiment.js";
import { challengerReward, reasonerReward } from "./rewards.js";

/**
 * The episode with pass rates, rewards and advantages derived from its recorded verdicts. It is how they are
 * computed in the first place, so replaying a stored episode must give exactly what was stored.
 *
 * A proposal outside the training group, or lost to the infrastructure, has no reward. An invalid one earns
 * `reward.invalid`.
 */
export function recompute(episode: Episode, experiment: Experiment): Episode {
  const scored = episode.proposals.map((proposal) => score(proposal, experiment));
  const advantages = centred(scored.map((proposal) => proposal.reward));
  const proposals = scored.map((proposal, index) => ({ ...proposal, advantage: advantages[index] ?? null }));
  return {
    ...episode,
    proposals,
    reasoner: episode.reasoner === null ? null : scoreReasoner(episode.reasoner, proposals),
  };
}

function score(proposal: ProposalRecord, { reward: config }: Experiment): ProposalRecord {
  const graded = proposal.attempts.filter((attempt) => attempt.verdict !== "infrastructure").length;
  const correct = proposal.attempts.filter((attempt) => attempt.verdict === "correct").length;
  const passRate = graded === 0 ? null : correct / graded;
  return { ...proposal, passRate, reward: rewardOf() };

  function rewardOf(): number | null {
    if (!proposal.selected || proposal.refusal === "infrastructure") return null;
    if (proposal.refusal !== null) return config.invalid;
    return graded === 0 ? null : challengerReward(correct, graded, config);
  }
}

/** The attempts of the chosen task that were graded, in order. */
function scoreReasoner(group: ReasonerGroup, proposals: readonly ProposalRecord[]): ReasonerGroup {
  const attempts = proposals.find((proposal) => proposal.index === group.proposalIndex)?.attempts ?? [];
  const rewards = attempts
    .map((attempt) => reasonerReward(attempt.verdict))
    .filter((reward) => reward !== null);
  return { ...group, rewards, advantages: centred(rewards).map((advantage) => advantage ?? 0) };
}

/** One place where two values differ; a missing value is `undefined`. */
export interface Difference {
  /** For example `proposals[3].reward`. */
  readonly path: string;
  readonly stored: unknown;
  readonly recomputed: unknown;
}

/** Every leaf at which two plain values differ, in order of appearance. Numbers are compared exactly. */
export function differences(stored: unknown, recomputed: unknown, path = ""): Difference[] {
  if (Object.is(stored, recomputed)) return [];
  if (
    !isContainer(stored) ||
    !isContainer(recomputed) ||
    Array.isArray(stored) !== Array.isArray(recomputed)
  ) {
    return [{ path, stored, recomputed }];
  }
  const inArray = Array.isArray(stored);
  const keys = new Set([...Object.keys(stored), ...Object.keys(recomputed)]);
  return [...keys].flatMap((key) =>
    differences(stored[key], recomputed[key], inArray ? `${path}[${key}]` : join(path, key)),
  );
}

function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
