import { verify } from "../../src/core/answers/verify.js";
import type { AnswerPolicy, AnswerType, Verdict } from "../../src/core/records/answer.js";

/**
 * One line of `tests/data/verifier/labelled.jsonl`: what the policies say about an answer, written
 * down before it was judged.
 */
export interface LabelledPair {
  readonly id: string;
  readonly type: AnswerType;
  readonly policy?: AnswerPolicy;
  /** `mcq`: the options as shown; the letters follow their order. */
  readonly options?: readonly string[];
  readonly gold: string;
  readonly answer: string;
  readonly expected: Exclude<Verdict, "infrastructure">;
  readonly category: string;
  readonly note?: string;
}

/** How a verifier does on the labelled pairs of one type. "Positive" is "correct". */
export interface TypeAgreement {
  readonly type: AnswerType | "all";
  readonly pairs: number;
  /** Verdicts that are the label, of all three. */
  readonly agreed: number;
  /** Share of what was called correct that is; 1 when nothing was. */
  readonly precision: number;
  /** Share of what is correct that was called so; 1 when nothing is. */
  readonly recall: number;
}

/** Reads the labelled set: one JSON object a line. */
export function readLabelled(jsonl: string): readonly LabelledPair[] {
  return jsonl
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as LabelledPair);
}

/** Our verifier's verdict on a pair. */
export function judgePair({ type, policy, options, gold, answer }: LabelledPair): Verdict {
  return verify(
    { answerType: type, answer: gold, shuffled: options ?? [], ...(policy && { policy }) },
    answer,
  );
}

/**
 * Agreement, precision and recall by type, then over all.
 *
 * @param judge the verifier that is measured; ours by default
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

/** The table as text, one line a type. */
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
