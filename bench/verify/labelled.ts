import { verify } from "../../src/core/answers/verify.js";
import type { AnswerPolicy, AnswerType, Verdict } from "../../src/core/records/answer.js";

/**
 * One line of `tests/data/verifier/labelled.jsonl`: the verdict by the policies, written down
 * before verification.
 */
export interface LabelledPair {
  readonly id: string;
  readonly type: AnswerType;
  readonly policy?: AnswerPolicy;
  /** `mcq`: the options as shown, in the order of their letters. */
  readonly options?: readonly string[];
  readonly gold: string;
  readonly answer: string;
  readonly expected: Exclude<Verdict, "infrastructure">;
  readonly category: string;
  readonly note?: string;
}

/** Agreement of a verifier with the labelled pairs of one type. "Positive" is "correct". */
export interface TypeAgreement {
  readonly type: AnswerType | "all";
  readonly pairs: number;
  /** Number of verdicts equal to the label, of all three kinds. */
  readonly agreed: number;
  /** Share of right pairs among pairs with verdict correct; 1 without such pairs. */
  readonly precision: number;
  /** Share of pairs with verdict correct among right pairs; 1 without right pairs. */
  readonly recall: number;
}

/** Reads the labelled set: one JSON object a line. */
export function readLabelled(jsonl: string): readonly LabelledPair[] {
  return jsonl
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as LabelledPair);
}

/** Returns the verdict of the typed rules on a pair. */
export function judgePair({ type, policy, options, gold, answer }: LabelledPair): Verdict {
  return verify(
    { answerType: type, answer: gold, shuffled: options ?? [], ...(policy && { policy }) },
    answer,
  );
}

/**
 * Returns agreement, precision and recall by type, then over all pairs.
 *
 * @param judge the measured verifier; the typed rules by default
 */
export function agreement(
  pairs: readonly LabelledPair[],
  judge: (pair: LabelledPair) => Verdict = judgePair,
): TypeAgreement[] {
  const judged = pairs.map((pair) => ({ ...pair, verdict: judge(pair) }));
  const summary = (type: TypeAgreement["type"]): TypeAgreement => {
    const own = judged.filter((pair) => type === "all" || pair.type === type);
    const called = own.filter(({ verdict }) => verdict === "correct");
    const right = own.filter(({ expected }) => expected === "correct");
    const both = called.filter(({ expected }) => expected === "correct").length;
    return {
      type,
      pairs: own.length,
      agreed: own.filter(({ expected, verdict }) => expected === verdict).length,
      precision: called.length === 0 ? 1 : both / called.length,
      recall: right.length === 0 ? 1 : both / right.length,
    };
  };
  return [...new Set(pairs.map(({ type }) => type)), "all" as const].map(summary);
}

/** Returns the table as text, one line for each type. */
export function agreementTable(rows: readonly TypeAgreement[]): string {
  const line = (cells: readonly string[]) =>
    cells.map((cell, index) => (index === 0 ? cell.padEnd(12) : cell.padStart(10))).join("");
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  return [
    line(["type", "pairs", "agreed", "precision", "recall"]),
    ...rows.map(({ type, pairs, agreed, precision, recall }) =>
      line([type, String(pairs), String(agreed), percent(precision), percent(recall)]),
    ),
  ].join("\n");
}
