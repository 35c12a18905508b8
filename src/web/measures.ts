import type { Episode, ProposalRecord } from "../core/episode.js";
import type { TrendPoint } from "../core/statistics.js";

/** One quantity of a run, measured on single proposals or groups so that intervals can respect documents. */
export interface Measure {
  readonly key:
    | "challengerReward"
    | "admittedShare"
    | "goldAccuracy"
    | "reasonerReward"
    | "learnableShare"
    | "distinctQuestions";
  readonly label: string;
  /** One sentence: what it is, and what it is measured on. */
  readonly meaning: string;
  readonly unit: "reward" | "share";
  /** Whether learning should raise it, or only must not lower it. */
  readonly wanted: "rise" | "hold";
}

export const MEASURES: readonly Measure[] = [
  {
    key: "challengerReward",
    label: "Challenger reward",
    meaning:
      "Mean over trained proposals: −0.1 when refused, up to 1 when half of the blind attempts are right.",
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
    key: "distinctQuestions",
    label: "Distinct questions",
    meaning:
      "Share of well-formed questions that no earlier proposal on the same document asked in the same step.",
    unit: "share",
    wanted: "hold",
  },
];

/** Values of a measure in one episode, clustered by document. */
export function pointsOf(key: Measure["key"], episode: Episode): TrendPoint[] {
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
    case "distinctQuestions":
      return repeatsWithin(proposals).map((repeat) => point(repeat ? 0 : 1));
  }
}

/** For every well-formed proposal: whether an earlier one of the same document asked the same. */
function repeatsWithin(proposals: readonly ProposalRecord[]): boolean[] {
  const seen = new Set<string>();
  return proposals.flatMap(({ task }) => {
    if (task === null) return [];
    const key = task.question.toLowerCase().replaceAll(/\s+/g, " ").trim();
    const repeat = seen.has(key);
    seen.add(key);
    return [repeat];
  });
}
