import type { LabelledPair } from "./pairs.js";

/** How a verifier's `correct` compares with the labels. */
export interface Accuracy {
  readonly pairs: number;
  /** Of what it accepts, the share that is right; null when it accepts nothing. */
  readonly precision: number | null;
  /** Of what is right, the share that it accepts; null when nothing is. */
  readonly recall: number | null;
  readonly falseAccepts: number;
  readonly falseRejects: number;
  /** Pairs on which it has no verdict at all. They count as not accepted. */
  readonly silent: number;
}

/** A pair and what a verifier said; null when it said nothing. */
export interface Judged {
  readonly pair: LabelledPair;
  readonly verdict: string | null;
}

/** Precision and recall of `correct`. */
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

/** Accuracy of each type, in order of first appearance, and of all together. */
export function accuracyByType(judged: readonly Judged[]): Readonly<Record<string, Accuracy>> {
  const types = [...new Set(judged.map(({ pair }) => pair.type as string))];
  const of = (type: string) => accuracy(judged.filter(({ pair }) => pair.type === type));
  return { ...Object.fromEntries(types.map((type) => [type, of(type)])), all: accuracy(judged) };
}
