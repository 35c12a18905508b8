import type { LabelledPair } from "./pairs.js";

/** Comparison of the `correct` verdicts of a verifier with the labels. */
export interface Accuracy {
  readonly pairs: number;
  /** Share of right pairs among the accepted pairs; null when it accepts nothing. */
  readonly precision: number | null;
  /** Share of accepted pairs among the right pairs; null without right pairs. */
  readonly recall: number | null;
  readonly falseAccepts: number;
  readonly falseRejects: number;
  /** Number of pairs without a verdict. They count as not accepted. */
  readonly silent: number;
}

/** A pair and the verdict of a verifier; null without a verdict. */
export interface Judged<Pair extends LabelledPair = LabelledPair> {
  readonly pair: Pair;
  readonly verdict: string | null;
}

/** Returns precision and recall of `correct`. */
export function accuracy(judged: readonly Judged[]): Accuracy {
  const count = (holds: (one: Judged) => boolean) => judged.filter(holds).length;
  const right = ({ pair }: Judged) => pair.expected === "correct";
  const accepted = ({ verdict }: Judged) => verdict === "correct";
  const hits = count((one) => right(one) && accepted(one));
  const [allAccepted, allRight] = [count(accepted), count(right)];
  return {
    pairs: judged.length,
    precision: allAccepted === 0 ? null : hits / allAccepted,
    recall: allRight === 0 ? null : hits / allRight,
    falseAccepts: allAccepted - hits,
    falseRejects: allRight - hits,
    silent: count(({ verdict }) => verdict === null),
  };
}

/** Returns the accuracy of each type, in order of first appearance, and of all pairs together. */
export function accuracyByType(judged: readonly Judged[]): Readonly<Record<string, Accuracy>> {
  return accuracyBy(judged, ({ type }) => type);
}

/** Returns the accuracy of each group, in order of first appearance, and of all pairs together. */
export function accuracyBy<Pair extends LabelledPair>(
  judged: readonly Judged<Pair>[],
  groupOf: (pair: Pair) => string,
): Readonly<Record<string, Accuracy>> {
  const groups = [...new Set(judged.map(({ pair }) => groupOf(pair)))];
  const of = (group: string) => accuracy(judged.filter(({ pair }) => groupOf(pair) === group));
  return { ...Object.fromEntries(groups.map((group) => [group, of(group)])), all: accuracy(judged) };
}
