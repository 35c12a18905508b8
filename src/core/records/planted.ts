/**
 * What a canary tests. `wrong_gold`: a proposal whose gold the document's facts contradict, sent through the pure checks and the
 * oracle; accepting it is a false accept. `right_answer`: the gold in another form, sent to `verify`; rejecting it is a false
 * reject. `wrong_answer`: the gold changed, sent to `verify`; accepting it is a false accept.
 */
export type PlantedKind = "wrong_gold" | "right_answer" | "wrong_answer";

/** Who judged a canary: the pure checks of admission, the oracle over structured facts, or the verifier. */
export type PlantedExaminer = "gate" | "oracle" | "verifier";

/** Which kind is put before which judge. */
export const PLANTED_TESTS = [
  { kind: "wrong_gold", judge: "gate" },
  { kind: "wrong_gold", judge: "oracle" },
  { kind: "right_answer", judge: "verifier" },
  { kind: "wrong_answer", judge: "verifier" },
] as const satisfies readonly { readonly kind: PlantedKind; readonly judge: PlantedExaminer }[];

/** One planted thing and what came of it. */
export interface PlantedTask {
  readonly kind: PlantedKind;
  /** How it was made, for example `other_field` or `letter`: tells which trick got through. */
  readonly trick: string;
  readonly judge: PlantedExaminer;
  readonly question: string;
  /** The true gold answer. */
  readonly gold: string;
  /** What was planted in its place. */
  readonly planted: string;
  /** Whether the judge did what it should: refused a wrong thing, accepted a right one. */
  readonly caught: boolean;
  /** The judge's own word: a reason code, a verdict. */
  readonly outcome: string;
}

/** Share of a step's judgements that are planted, at least one of each kind (docs/truth.md). */
export const PLANTED_SHARE = 0.01;

/** How many canaries a number of judgements calls for. */
export function plantedCount(judgements: number): number {
  return judgements === 0 ? 0 : Math.max(1, Math.round(judgements * PLANTED_SHARE));
}
