import type { Experiment } from "../../core/experiment/experiment.js";
import type { Sample, TrainBatch, TrainSequence } from "../ports/trainer.js";
import type { Rollout } from "./play-step.js";

/**
 * The step's training batch, or null when no group has variance. Z = sequences x longest allowed response, over all
 * sequences of the groups, also those that carry no gradient (trainers.md, normative value; DrGRPO). Sequences with
 * advantage 0 are counted but not sent: without a KL or entropy term their gradient is exactly zero.
 */
export function buildBatch(experiment: Experiment, rollouts: readonly Rollout[]): TrainBatch | null {
  const { loss, roles } = experiment.train;
  const needsAll = loss.kl !== "none" || loss.entropyCoefficient !== 0;
  const prompts: Int32Array[] = [];
  const sequences: TrainSequence[] = [];
  let counted = 0;

  const add = (
    promptIds: Int32Array,
    group: string,
    role: "challenger" | "reasoner",
    members: readonly Member[],
  ) => {
    if (!roles.includes(role)) return;
    counted += members.length;
    const sent = members.filter((one) => needsAll || one.advantage !== 0);
    if (!members.some((one) => one.advantage !== 0) || sent.length === 0) return;
    const promptRef = prompts.push(promptIds) - 1;
    const temperature = experiment[role].temperature;
    for (const { sample, advantage, id } of sent) {
      const length = sample.tokenIds.length;
      sequences.push({
        promptRef,
        completionIds: sample.tokenIds,
        weights: new Float32Array(length).fill(1),
        advantages: new Float32Array(length).fill(advantage),
        behaviorLogprobs: sample.logprobs,
        temperature,
        role,
        groupId: group,
        sampleId: id,
      });
    }
  };

  for (const { episode, document, reasoner } of rollouts) {
    const key = `${episode.step}/${episode.slot}`;
    add(document.promptIds, `${key}/c`, "challenger", challengerMembers(key, episode, document));
    if (reasoner !== null && episode.reasoner !== null) {
      const { advantages } = episode.reasoner;
      const graded = reasoner.samples.filter(
        (_, index) => reasoner.attempts[index]?.verdict !== "infrastructure",
      );
      add(
        reasoner.promptIds,
        `${key}/r`,
        "reasoner",
        graded.map((sample, index) => ({
          sample,
          advantage: advantages[index] ?? 0,
          id: `${key}/r/${sample.sampleIndex}`,
        })),
      );
    }
  }
  if (sequences.length === 0) return null;
  const longest = Math.max(...roles.map((role) => experiment[role].maxTokens));
  return { prompts, sequences, loss, normalizer: counted * longest };
}

interface Member {
  readonly sample: Sample;
  readonly advantage: number;
  readonly id: string;
}

function challengerMembers(
  key: string,
  episode: Rollout["episode"],
  document: Rollout["document"],
): Member[] {
  return episode.proposals.flatMap((record, position) => {
    const sample = document.proposals[position]?.sample;
    if (!record.selected || record.advantage === null || sample === undefined) return [];
    return [{ sample, advantage: record.advantage, id: `${key}/c/${record.index}` }];
  });
}
