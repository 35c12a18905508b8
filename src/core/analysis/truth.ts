import type { AnswerType } from "../records/answer.js";
import type { StepMetrics } from "../records/metrics.js";
import type { PlantedExaminer, PlantedKind } from "../records/planted.js";
import { mean } from "../statistics/intervals.js";
import { placeChiSquare } from "./letter-balance.js";
import { type GoldSide, type RunTotals, type Share, shareOf, shareRight } from "./run-totals.js";

/** How reliable the verdicts of the run are, as plain data. */
export interface Truth {
  /**
   * First all types together, then each type that occurred. `right` is null where the oracle has no
   * verdict.
   */
  readonly gold: readonly {
    readonly type: AnswerType | "all";
    readonly side: GoldSide;
    readonly right: Share | null;
    /** Number of gold answers that the facts say nothing about. */
    readonly unknown: number;
  }[];
  /**
   * `missed`: false accepts of wrong planted answers, and false rejects of right ones; null when
   * none was planted.
   */
  readonly canaries: readonly {
    readonly kind: PlantedKind;
    readonly judge: PlantedExaminer;
    readonly missed: Share | null;
  }[];
  /** Means over the steps of the first and of the last third; null where nothing was measured. */
  readonly telemetry: readonly {
    readonly label: string;
    readonly meaning: string;
    readonly first: number | null;
    readonly last: number | null;
  }[];
  readonly letters: { readonly written: number | null; readonly shown: number | null };
}

const TELEMETRY: readonly { readonly key: string; readonly label: string; readonly meaning: string }[] = [
  {
    key: "distinct_trigram_ratio",
    label: "Distinct shingles",
    meaning: "Different runs of three words over all of them.",
  },
  {
    key: "vendi_ratio",
    label: "Vendi score over questions",
    meaning:
      "How many different questions there are by their words, over how many were asked; 1 is all different.",
  },
  {
    key: "template_share",
    label: "Commonest template",
    meaning: "Share of questions that are one phrase with another name or number in it.",
  },
  {
    key: "repeat_share",
    label: "Repeats",
    meaning: "Share of well-formed proposals that the run had asked before.",
  },
  {
    key: "two_arm_gap_mean",
    label: "What the document adds",
    meaning: "Pass rate with the document minus without, over proposals that were tried with it.",
  },
  {
    key: "two_arm_wrong_share",
    label: "Wrong rather than hard",
    meaning: "Share of them that fail with the document too.",
  },
];

/** Combines the sums over the run with the metrics of its steps. */
export function truthOf(totals: RunTotals, metrics: readonly StepMetrics[]): Truth {
  const third = Math.max(1, Math.floor(metrics.length / 3));
  const over = (key: string, steps: readonly StepMetrics[]) =>
    mean(steps.flatMap((one) => (typeof one[key] === "number" ? [one[key]] : [])));
  const types: readonly (AnswerType | "all")[] = ["all", ...totals.types()];
  return {
    gold: types.flatMap((type) =>
      (["admitted", "refused"] as const).map((side) => {
        const count = totals.gold(side, type === "all" ? null : type);
        return { type, side, right: shareRight(count), unknown: count.unknown };
      }),
    ),
    canaries: totals.canaries().map(({ kind, judge, planted, missed }) => ({
      kind,
      judge,
      missed: shareOf(missed, planted),
    })),
    telemetry: TELEMETRY.map(({ key, label, meaning }) => ({
      label,
      meaning,
      first: over(key, metrics.slice(0, third)),
      last: over(key, metrics.slice(-third)),
    })),
    letters: {
      written: placeChiSquare(totals.places().written),
      shown: placeChiSquare(totals.places().shown),
    },
  };
}
