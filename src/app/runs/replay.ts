import { type Difference, differences } from "../../core/analysis/differences.js";
import type { Experiment } from "../../core/experiment/experiment.js";
import { recompute } from "../../core/game/score.js";
import type { Episode } from "../../core/records/episode.js";

export interface ReplaySummary {
  readonly episodes: number;
  readonly proposals: number;
  /** Where a stored reward, advantage or pass rate is not what the stored verdicts give. */
  readonly differences: readonly (Difference & { readonly step: number; readonly slot: number })[];
}

/** Recompute rewards and advantages from the recorded verdicts and compare them, exactly, with what was stored. */
export async function replayRun(
  experiment: Experiment,
  episodes: AsyncIterable<Episode>,
  onlyStep: number | null = null,
): Promise<ReplaySummary> {
  const found: (Difference & { step: number; slot: number })[] = [];
  let count = 0;
  let proposals = 0;
  for await (const episode of episodes) {
    if (onlyStep !== null && episode.step !== onlyStep) continue;
    count += 1;
    proposals += episode.proposals.length;
    for (const one of differences(episode, recompute(episode, experiment))) {
      found.push({ ...one, step: episode.step, slot: episode.slot });
    }
  }
  return { episodes: count, proposals, differences: found };
}
