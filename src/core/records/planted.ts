/**
 * What a planted task tests. `wrong_gold`: a proposal with a gold answer that the document's facts
 * contradict, shown to the checks that need no model and to the oracle. Accepting it is a false
 * accept. `right_answer`: the gold answer in another form, shown to the verifier. Refusing it is a
 * false reject. `wrong_answer`: a changed gold answer, shown to the verifier. Accepting it is a
 * false accept.
 */
export type PlantedKind = "wrong_gold" | "right_answer" | "wrong_answer";

/**
 * Who examined a planted task: the checks of admission that need no model, the oracle over
 * structured facts, or the verifier.
 */
export type PlantedExaminer = "gate" | "oracle" | "verifier";

/** The kinds and who examines them. */
export const PLANTED_TESTS = [
  { kind: "wrong_gold", judge: "gate" },
  { kind: "wrong_gold", judge: "oracle" },
  { kind: "right_answer", judge: "verifier" },
  { kind: "wrong_answer", judge: "verifier" },
] as const satisfies readonly { readonly kind: PlantedKind; readonly judge: PlantedExaminer }[];

/** One planted task and its outcome. */
export interface PlantedTask {
  readonly kind: PlantedKind;
  /** How the task was made, for example `other_field` or `letter`. */
  readonly trick: string;
  readonly judge: PlantedExaminer;
  readonly question: string;
  /** The true gold answer. */
  readonly gold: string;
  /** The answer that was planted instead of the gold answer. */
  readonly planted: string;
  /** True when the examiner was right: a wrong answer was refused, a right answer was accepted. */
  readonly caught: boolean;
  /** Result of the examiner: a reason code or a verdict. */
  readonly outcome: string;
}

/**
 * Number of planted tasks for each proposal or attempt of a step; at least one of each kind
 * (docs/truth.md).
 */
export const PLANTED_SHARE = 0.01;

/** Number of planted tasks for a number of proposals or attempts. */
export function plantedCount(judgments: number): number {
  return judgments === 0 ? 0 : Math.max(1, Math.round(judgments * PLANTED_SHARE));
}
