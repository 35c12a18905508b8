import { withUnknown } from "../admission/codes.js";
import type { Episode } from "../records/episode.js";
import type { Refusal } from "../records/task.js";
import type { TrendPoint } from "../statistics/clustered.js";
import type { Points } from "./learning.js";
import { firstAsked, MEASURES, type Measure, pointsOf, RECENT_DOCUMENTS } from "./measures.js";
import { RunTotals } from "./run-totals.js";

/**
 * An admitted proposal with blind attempts: enough to choose it as an example, and to find it
 * again.
 */
export interface Candidate {
  readonly step: number;
  readonly slot: number;
  readonly index: number;
  readonly documentId: string;
  readonly passRate: number;
}

/** Numbers of a run without its texts. They fit in memory for runs of any length. */
export interface Scan {
  readonly points: Points;
  readonly documents: number;
  readonly candidates: readonly Candidate[];
  /** For each step: number of refused proposals by reason, and of all proposals under `all`. */
  readonly refusals: ReadonlyMap<number, ReadonlyMap<Refusal, number>>;
  readonly totals: RunTotals;
}

/** First pass over the episodes of a run: collects numbers. */
export async function scanEpisodes(episodes: AsyncIterable<Episode>): Promise<Scan> {
  const points = Object.fromEntries(MEASURES.map(({ key }) => [key, [] as TrendPoint[]])) as Record<
    Measure["key"],
    TrendPoint[]
  >;
  const documents = new Set<string>();
  let recent: readonly string[] = [];
  const candidates: Candidate[] = [];
  const refusals = new Map<number, Map<Refusal, number>>();
  const totals = new RunTotals();
  for await (const episode of episodes) {
    totals.add(episode);
    const { step, slot, documentId } = episode;
    documents.add(documentId);
    for (const { key } of MEASURES)
      for (const point of pointsOf(key, episode, recent)) points[key].push(point);
    const asked = firstAsked(episode);
    if (asked !== null) recent = [...recent, asked].slice(-RECENT_DOCUMENTS);
    const counts = refusals.get(step) ?? new Map<Refusal, number>();
    refusals.set(step, counts);
    episode.proposals.forEach(({ refusal, task, passRate }, index) => {
      counts.set("all", (counts.get("all") ?? 0) + 1);
      if (refusal !== null) counts.set(refusal, (counts.get(refusal) ?? 0) + 1);
      else if (task !== null && passRate !== null)
        candidates.push({ step, slot, index, documentId, passRate });
    });
  }
  return { points, documents: documents.size, candidates, refusals, totals };
}

/** Proposals that one check refused. */
export interface RefusalCount {
  readonly reason: Refusal;
  readonly count: number;
  /** Shares of all proposals in the first and in the last third of the run. */
  readonly early: number;
  readonly late: number;
}

/**
 * The refusals of a run, in the order of the checks. Codes that no check has any more come last.
 */
export function countRefusals({ refusals }: Pick<Scan, "refusals">): {
  proposals: number;
  refusals: RefusalCount[];
} {
  const steps = [...refusals.keys()].sort((a, b) => a - b);
  const size = Math.floor(steps.length / 3);
  const sum = (key: Refusal, among: readonly number[]) =>
    among.reduce((total, step) => total + (refusals.get(step)?.get(key) ?? 0), 0);
  const share = (key: Refusal, among: readonly number[]) => sum(key, among) / Math.max(1, sum("all", among));
  const found = [...refusals.values()].flatMap((counts) => [...counts.keys()]);
  const reasons = withUnknown(found).filter((reason) => reason !== "all");
  return {
    proposals: sum("all", steps),
    refusals: reasons.map((reason) => ({
      reason,
      count: sum(reason, steps),
      early: share(reason, steps.slice(0, size)),
      late: share(reason, steps.slice(steps.length - size)),
    })),
  };
}
