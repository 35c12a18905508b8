import type { Experiment } from "../experiment/experiment.js";
import type { Episode, ProposalRecord, ReasonerGroup } from "../records/episode.js";
import { groupCentered } from "./advantages.js";
import { curtailedReward } from "./early-stop.js";
import { challengerReward, reasonerReward } from "./rewards.js";
import { armCount } from "./two-arm.js";

/**
 * The episode with pass rates, rewards and advantages derived from its recorded verdicts. It is how they are
 * computed in the first place, so replaying a stored episode must give exactly what was stored.
 *
 * A proposal outside the training group, or lost to the infrastructure, has no reward. An invalid one earns
 * `reward.invalid`.
 */
export function recompute(episode: Episode, experiment: Experiment): Episode {
  const scored = episode.proposals.map((proposal) =>
    score(proposal, experiment, proposal.task !== null && proposal.task.id === episode.reasoner?.taskId),
  );
  const advantages = groupCentered(scored.map((proposal) => proposal.reward));
  const proposals = scored.map((proposal, index) => ({ ...proposal, advantage: advantages[index] ?? null }));
  return {
    ...episode,
    proposals,
    reasoner: episode.reasoner === null ? null : scoreReasoner(episode.reasoner, proposals),
  };
}

/** @param trained the attempts on it train the Reasoner, so all of them were drawn whatever the first ones said */
function score(proposal: ProposalRecord, experiment: Experiment, trained: boolean): ProposalRecord {
  const { reward: config, reasoner } = experiment;
  const { correct, graded } = armCount(proposal.attempts);
  const passRate = graded === 0 ? null : correct / graded;
  return { ...proposal, passRate, reward: rewardOf() };

  function rewardOf(): number | null {
    if (!proposal.selected || proposal.refusal === "infrastructure") return null;
    if (proposal.refusal !== null) return config.invalid;
    const open = armCount(proposal.openBook);
    if (graded === 0 || (config.kind === "two_arm" && open.graded === 0)) return null;
    const paid = (right: number, of: number) =>
      challengerReward(right, of, config, open.graded === 0 ? undefined : open);
    // A run that was recorded before there was early stopping has no such setting.
    const look = reasoner.earlyStop ?? null;
    const plan = look === null ? null : { look, attempts: reasoner.groupSize };
    // With attempts lost to the engine the plan's shares do not hold; what is left is paid as it is.
    const whole = graded === proposal.attempts.length;
    return plan === null || trained || !whole
      ? paid(correct, graded)
      : curtailedReward(correct, graded, plan, paid);
  }
}

/** The attempts of the chosen task that were graded, in order. */
function scoreReasoner(group: ReasonerGroup, proposals: readonly ProposalRecord[]): ReasonerGroup {
  const attempts = proposals.find((proposal) => proposal.index === group.proposalIndex)?.attempts ?? [];
  const rewards = attempts
    .map((attempt) => reasonerReward(attempt.verdict))
    .filter((reward) => reward !== null);
  return { ...group, rewards, advantages: groupCentered(rewards).map((advantage) => advantage ?? 0) };
}
