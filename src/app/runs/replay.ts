import { type Difference, differences } from "../../core/analysis/differences.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import type { RewardVariant } from "../../core/game/rewards/variant.js";
import { rescoreEpisode } from "../../core/game/score.js";
import type { Episode } from "../../core/records/episode.js";

export interface ReplaySummary {
  readonly episodes: number;
  readonly proposals: number;
  /** Stored rewards, advantages and pass rates that do not follow from the stored verdicts. */
  readonly differences: readonly (Difference & { readonly step: number; readonly slot: number })[];
}

/**
 * Computes rewards and advantages again from the recorded verdicts and compares them exactly with
 * the record.
 *
 * @param own the formula of the module `reward.module`; null when `reward.kind` is not `own`
 */
export async function replayRun(
  experiment: Experiment,
  episodes: AsyncIterable<Episode>,
  onlyStep: number | null = null,
  own: RewardVariant | null = null,
): Promise<ReplaySummary> {
  const found: (Difference & { step: number; slot: number })[] = [];
  let count = 0;
  let proposals = 0;
  for await (const episode of episodes) {
    if (onlyStep !== null && episode.step !== onlyStep) continue;
    count += 1;
    proposals += episode.proposals.length;
    for (const one of differences(episode, rescoreEpisode(episode, experiment, own))) {
      found.push({ ...one, step: episode.step, slot: episode.slot });
    }
  }
  return { episodes: count, proposals, differences: found };
}
