import type { Experiment } from "../experiment/experiment.js";
import type {
  Episode,
  ProposalRecord,
  ReasonerChoice,
  ReasonerGroup,
  UnscoredEpisode,
  UnscoredProposal,
} from "../records/episode.js";
import { withAdvantages } from "./advantages.js";
import { type ArmCount, armCount } from "./arms.js";
import { twoArm } from "./diagnosis.js";
import { earlyStopReward } from "./early-stop.js";
import { reasonerReward, rewardFormula } from "./rewards/rewards.js";
import type { RewardVariant } from "./rewards/variant.js";

/** The settings that scoring reads. */
export type ScoringSettings = Pick<Experiment, "reward" | "reasoner">;

/**
 * Scores one episode. Pass rates are computed from verdicts, rewards from pass rates, and
 * advantages from the rewards of each training group (SPICE sections 2.3 to 2.5). Only this
 * function makes an `Episode`. A replay calls it on the stored verdicts and must get exactly the
 * stored numbers.
 *
 * @param own the formula of the module `reward.module`; needed when `reward.kind` is `own`
 */
export function scoreEpisode(
  episode: UnscoredEpisode,
  settings: ScoringSettings,
  own: RewardVariant | null = null,
): Episode {
  const formula = rewardFormula(settings.reward, own);
  const trainedTask = episode.reasoner?.taskId ?? null;
  const rewarded = episode.proposals.map((proposal) => {
    const trainsReasoner = proposal.task !== null && proposal.task.id === trainedTask;
    return { proposal, reward: proposalReward(proposal, settings, formula, trainsReasoner) };
  });
  const proposals = withAdvantages(rewarded).map(({ proposal, reward, advantage }) =>
    scoredProposal(proposal, reward, advantage),
  );
  const { reasoner } = episode;
  return { ...episode, proposals, reasoner: reasoner === null ? null : scoreReasoner(reasoner, proposals) };
}

/**
 * The Challenger's reward for one proposal.
 *
 * @param trainsReasoner true when the attempts train the Reasoner; in this case, all K attempts
 * were sampled
 * @returns null in three cases: the proposal is not in the training group; the engine lost the
 * proposal, or samples of its model checks; the formula needs an arm (blind or open-book), and no
 * attempt of this arm was graded
 */
function proposalReward(
  proposal: UnscoredProposal,
  settings: ScoringSettings,
  formula: RewardVariant,
  trainsReasoner: boolean,
): number | null {
  const { reward: config } = settings;
  if (!proposal.selected || proposal.refusal === "infrastructure") return null;
  if (proposal.refusal !== null) return config.invalid;
  const open = armCount(proposal.openBook);
  const blind = armCount(proposal.attempts);
  if (blind.graded === 0) return null;
  if (formula.readsOpenBook && open.graded === 0) return null;

  const task = proposal.task === null ? {} : { task: proposal.task };
  const rewardOf = (arm: ArmCount) => formula.reward({ blind: arm, open, ...task }, config);
  // The configuration of an old run does not have this setting.
  const look = settings.reasoner.earlyStop ?? null;
  if (look === null || trainsReasoner) return rewardOf(blind);
  // The formula of early stopping needs a verdict on each attempt that was sampled. An attempt that
  // the engine lost has none.
  if (blind.graded < proposal.attempts.length) return rewardOf(blind);
  return earlyStopReward(blind, { look, attempts: settings.reasoner.groupSize }, rewardOf);
}

/** The stored record of a proposal. The order of the keys is the order in episodes.jsonl. */
function scoredProposal(
  { gold, ...proposal }: UnscoredProposal,
  reward: number | null,
  advantage: number | null,
): ProposalRecord {
  const { correct, graded } = armCount(proposal.attempts);
  const arms = twoArm(proposal);
  return {
    ...proposal,
    passRate: graded === 0 ? null : correct / graded,
    reward,
    advantage,
    gold,
    ...(arms === null ? {} : { twoArm: arms }),
  };
}

/**
 * Rewards and advantages of the graded attempts on the task that trains the Reasoner, in attempt
 * order.
 */
function scoreReasoner(choice: ReasonerChoice, proposals: readonly ProposalRecord[]): ReasonerGroup {
  const attempts = proposals.find(({ index }) => index === choice.proposalIndex)?.attempts ?? [];
  const members = attempts.flatMap(({ verdict }) => {
    const reward = reasonerReward(verdict);
    return reward === null ? [] : [{ reward }];
  });
  return {
    ...choice,
    rewards: members.map(({ reward }) => reward),
    advantages: withAdvantages(members).map(({ advantage }) => advantage ?? 0),
  };
}

/**
 * Scores a recorded episode again from its recorded verdicts. The recorded pass rates, rewards and
 * advantages are not read.
 *
 * @param own as in `scoreEpisode`
 */
export function rescoreEpisode(
  episode: Episode,
  settings: ScoringSettings,
  own: RewardVariant | null = null,
): Episode {
  const { proposals, reasoner, canaries, ...base } = episode;
  const unscored: UnscoredEpisode = {
    ...base,
    proposals: proposals.map(({ passRate, reward, advantage, twoArm: _, ...proposal }) => proposal),
    reasoner: reasoner && { proposalIndex: reasoner.proposalIndex, taskId: reasoner.taskId },
  };
  const scored = scoreEpisode(unscored, settings, own);
  return canaries === undefined ? scored : { ...scored, canaries };
}
