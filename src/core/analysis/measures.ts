import type { Episode } from "../records/episode.js";
import type { TrendPoint } from "../statistics/clustered.js";
import { askedKey } from "./diversity.js";

/**
 * A quantity of a run. It is measured on single proposals or groups, so that intervals can take
 * documents into account.
 */
export interface Measure {
  readonly key:
    | "challengerReward"
    | "admittedShare"
    | "goldAccuracy"
    | "reasonerReward"
    | "learnableShare"
    | "newQuestions";
  readonly label: string;
  /** One sentence: what the quantity is, and what it is measured on. */
  readonly meaning: string;
  readonly unit: "reward" | "share";
  /** `rise`: learning should increase the quantity. `hold`: learning must not decrease it. */
  readonly wanted: "rise" | "hold";
}

/** A question is new when the last 12 documents (two steps of the demo) did not ask it. */
export const RECENT_DOCUMENTS = 12;

export const MEASURES: readonly Measure[] = [
  {
    key: "challengerReward",
    label: "Challenger reward",
    meaning:
      "Mean over trained proposals: the penalty when refused, up to 1 when half of the blind attempts are right.",
    unit: "reward",
    wanted: "rise",
  },
  {
    key: "admittedShare",
    label: "Admitted proposals",
    meaning: "Share of proposals that parsed and passed every admission check.",
    unit: "share",
    wanted: "rise",
  },
  {
    key: "learnableShare",
    label: "Learnable tasks",
    meaning: "Share of admitted tasks that some blind attempts solve and some do not.",
    unit: "share",
    wanted: "hold",
  },
  {
    key: "reasonerReward",
    label: "Reasoner reward",
    meaning:
      "Share of correct blind attempts on the trained tasks. It may fall while the Challenger finds harder ones.",
    unit: "share",
    wanted: "hold",
  },
  {
    key: "goldAccuracy",
    label: "Gold accuracy",
    meaning:
      "Share of gold answers that agree with the document's structured facts, which no model ever saw.",
    unit: "share",
    wanted: "hold",
  },
  {
    key: "newQuestions",
    label: "New questions",
    meaning: `Share of documents whose first admitted question, names aside, was not asked about any of the ${RECENT_DOCUMENTS} documents with one before.`,
    unit: "share",
    wanted: "hold",
  },
];

/**
 * Values of a measure in one episode, clustered by document.
 *
 * @param recent `firstAsked` of the last episodes that had a question; with fewer than
 * `RECENT_DOCUMENTS` entries no value is given for new questions, because the first documents of a
 * run would look more varied than they are
 */
export function pointsOf(key: Measure["key"], episode: Episode, recent: readonly string[]): TrendPoint[] {
  const point = (value: number): TrendPoint => ({ x: episode.step, cluster: episode.documentId, value });
  const proposals = episode.proposals.filter((one) => one.refusal !== "infrastructure");
  const admitted = proposals.filter((one) => one.refusal === null);
  switch (key) {
    case "challengerReward":
      return proposals.flatMap((one) => (one.reward === null ? [] : [point(one.reward)]));
    case "admittedShare":
      return proposals.map((one) => point(one.refusal === null ? 1 : 0));
    case "goldAccuracy":
      return admitted.flatMap(({ gold }) =>
        gold === "right" || gold === "wrong" ? [point(gold === "right" ? 1 : 0)] : [],
      );
    case "reasonerReward":
      return (episode.reasoner?.rewards ?? []).map(point);
    case "learnableShare":
      return admitted.flatMap(({ passRate }) =>
        passRate === null ? [] : [point(passRate > 0 && passRate < 1 ? 1 : 0)],
      );
    case "newQuestions": {
      const asked = firstAsked(episode);
      return asked === null || recent.length < RECENT_DOCUMENTS
        ? []
        : [point(recent.includes(asked) ? 0 : 1)];
    }
  }
}

/** What the first admitted proposal asks for, without names; null when no proposal is admitted. */
export function firstAsked({ proposals }: Episode): string | null {
  const task = proposals.find((one) => one.refusal === null)?.task;
  return task == null ? null : askedKey(task.question);
}
