import type { Experiment } from "../../core/experiment/experiment.js";
import { challengerMembers, type GroupMember, reasonerMembers } from "../../core/game/members.js";
import type { TrainBatch, TrainSequence } from "../ports/trainer.js";
import type { GroupTokens, PlayedDocument } from "./trace.js";

/**
 * One training group: completions of one prompt. The advantage of a member is its reward minus the
 * mean reward of the group.
 */
interface Group {
  readonly role: "challenger" | "reasoner";
  readonly id: string;
  readonly tokens: GroupTokens;
  readonly members: readonly GroupMember[];
}

/**
 * The training batch of a step; null when all advantages of all groups are 0. The normalizer Z is
 * the number of members of all groups, times the largest number of tokens that a completion may
 * have (Dr. GRPO, Liu et al. 2025, arXiv 2503.20783). Members with advantage 0 are counted in Z and
 * are not sent, because their gradient is exactly zero. With a KL or entropy term, their gradient
 * is not zero. So a group is then sent whole when at least one member has an advantage that is not
 * 0. Even with a KL or entropy term, a group whose advantages are all 0 is left out, although its
 * gradient is not zero: its rewards are equal, so the step has nothing to learn from them.
 */
export function buildBatch(experiment: Experiment, documents: readonly PlayedDocument[]): TrainBatch | null {
  const { loss, roles } = experiment.train;
  const trainsAll = loss.kl !== "none" || loss.entropyCoefficient !== 0;
  const groups = documents.flatMap(groupsOf).filter(({ role }) => roles.includes(role));
  const sent = groups
    .filter(({ members }) => members.some(({ advantage }) => advantage !== 0))
    .map((group) => ({
      ...group,
      members: group.members.filter(({ advantage }) => trainsAll || advantage !== 0),
    }));
  if (sent.length === 0) return null;
  const counted = groups.reduce((sum, { members }) => sum + members.length, 0);
  const longest = Math.max(...roles.map((role) => experiment[role].maxTokens));
  return {
    prompts: sent.map(({ tokens }) => tokens.promptIds),
    sequences: sent.flatMap((group, promptRef) => sequencesOf(experiment, group, promptRef)),
    loss,
    normalizer: counted * longest,
  };
}

/**
 * The training groups of one document. The Challenger's group has proposals. The Reasoner's group
 * has the attempts on one task.
 */
function groupsOf({ episode, tokens }: PlayedDocument): readonly Group[] {
  const key = `${episode.step}/${episode.slot}`;
  const challenger: Group = {
    role: "challenger",
    id: `${key}/c`,
    tokens: tokens.challenger,
    members: challengerMembers(episode),
  };
  if (tokens.reasoner === null) return [challenger];
  return [
    challenger,
    { role: "reasoner", id: `${key}/r`, tokens: tokens.reasoner, members: reasonerMembers(episode) },
  ];
}

function sequencesOf(experiment: Experiment, group: Group, promptRef: number): TrainSequence[] {
  return group.members.map(({ index, advantage }) => {
    const sample = group.tokens.samples.get(index);
    if (sample === undefined) throw new Error(`group ${group.id} has no sample ${index}`);
    const length = sample.tokenIds.length;
    return {
      promptRef,
      completionIds: sample.tokenIds,
      weights: new Float32Array(length).fill(1),
      advantages: new Float32Array(length).fill(advantage),
      behaviorLogprobs: sample.logprobs,
      temperature: experiment[group.role].temperature,
      role: group.role,
      groupId: group.id,
      sampleId: `${group.id}/${index}`,
    };
  });
}
