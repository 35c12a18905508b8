import type { Episode } from "../../records/episode.js";

/** What came of one document in a run. */
export interface DocumentCount {
  readonly documentId: string;
  /** Times that the document was played. */
  readonly episodes: number;
  readonly proposals: number;
  /** Admitted proposals. */
  readonly tasks: number;
  /** Refused proposals. Proposals that the engine lost are not among them. */
  readonly refused: number;
  /** The reason of most refusals; null without refusals. */
  readonly mainRefusal: string | null;
  /** Mean over the tasks with graded blind attempts, 0 to 1; null without such a task. */
  readonly passRate: number | null;
  /** Mean over the proposals with a reward; null without such a proposal. */
  readonly reward: number | null;
  /** The check that refused the document itself; null when none did. */
  readonly documentRefusal: string | null;
}

interface Sums {
  episodes: number;
  proposals: number;
  tasks: number;
  readonly refusals: Map<string, number>;
  passRates: number;
  passRateSum: number;
  rewards: number;
  rewardSum: number;
  documentRefusal: string | null;
}

/** Sums by document over a run. The memory grows with the number of documents alone. */
export class DocumentTotals {
  readonly #sums = new Map<string, Sums>();

  add({ documentId, proposals, documentRefusal }: Episode): void {
    const sums = this.#sums.get(documentId) ?? none();
    this.#sums.set(documentId, sums);
    sums.episodes += 1;
    if (documentRefusal !== undefined) sums.documentRefusal = documentRefusal.code;
    for (const { refusal, task, passRate, reward } of proposals) {
      sums.proposals += 1;
      if (refusal === null && task !== null) sums.tasks += 1;
      if (refusal !== null && refusal !== "infrastructure")
        sums.refusals.set(refusal, (sums.refusals.get(refusal) ?? 0) + 1);
      if (passRate !== null) {
        sums.passRates += 1;
        sums.passRateSum += passRate;
      }
      if (reward !== null) {
        sums.rewards += 1;
        sums.rewardSum += reward;
      }
    }
  }

  /** All documents: most tasks first, then the highest mean reward. */
  counts(): readonly DocumentCount[] {
    return [...this.#sums]
      .map(([documentId, sums]) => count(documentId, sums))
      .sort(
        (a, b) =>
          b.tasks - a.tasks ||
          (b.reward ?? Number.NEGATIVE_INFINITY) - (a.reward ?? Number.NEGATIVE_INFINITY) ||
          b.proposals - a.proposals,
      );
  }
}

const none = (): Sums => ({
  episodes: 0,
  proposals: 0,
  tasks: 0,
  refusals: new Map(),
  passRates: 0,
  passRateSum: 0,
  rewards: 0,
  rewardSum: 0,
  documentRefusal: null,
});

function count(documentId: string, sums: Sums): DocumentCount {
  const refusals = [...sums.refusals].sort(([, a], [, b]) => b - a);
  return {
    documentId,
    episodes: sums.episodes,
    proposals: sums.proposals,
    tasks: sums.tasks,
    refused: refusals.reduce((sum, [, times]) => sum + times, 0),
    mainRefusal: refusals[0]?.[0] ?? null,
    passRate: sums.passRates === 0 ? null : sums.passRateSum / sums.passRates,
    reward: sums.rewards === 0 ? null : sums.rewardSum / sums.rewards,
    documentRefusal: sums.documentRefusal,
  };
}
