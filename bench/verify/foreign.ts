import { existsSync } from "node:fs";
import type { Opinion } from "../../src/core/truth/opinion.js";
import { type Accuracy, accuracy, accuracyBy } from "./accuracy.js";
import { isForMathVerify, judge, type LabelledPair, readPairs } from "./pairs.js";

/**
 * A pair of a kind that the public tests of another grader have, with values of our own. The label
 * is the verdict of that grader. Where one of our policies decides otherwise, `conflict` names it.
 */
export interface ForeignPair extends LabelledPair {
  /** Project of the grader. */
  readonly source: string;
  readonly conflict: string | null;
}

/** One pair on which a policy of ours and the other grader differ. */
export interface PolicyConflict {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly gold: string;
  readonly answer: string;
  /** Verdict of the other grader. */
  readonly theirs: string;
  /** Verdict of the typed rules. */
  readonly ours: string;
  readonly policy: string;
}

/** Precision and recall on pairs of other graders. */
export interface ForeignSummary {
  readonly files: readonly string[];
  /** Pairs without conflicts. All accuracies are about these pairs. */
  readonly pairs: number;
  readonly rules: Readonly<Record<string, Accuracy>>;
  readonly rulesBySource: Readonly<Record<string, Accuracy>>;
  /** Both verifiers on the pairs whose type math-verify reads, without comparison rules. */
  readonly rulesOnShared: Accuracy;
  readonly mathVerify: Accuracy;
  readonly conflicts: readonly PolicyConflict[];
  /** Ids of the pairs on which the typed rules and the label differ. */
  readonly missed: readonly string[];
}

/**
 * Reads the foreign pairs of several files. A file that does not exist is left out.
 *
 * @throws Error for a row without a source
 */
export async function readForeign(paths: readonly string[]): Promise<ForeignPair[]> {
  const all: ForeignPair[] = [];
  for (const path of paths.filter((one) => existsSync(one))) {
    for (const pair of await readPairs(path)) {
      const { policy, ...rest } = pair as LabelledPair & { readonly policy?: unknown };
      const source = (pair as { readonly source?: unknown }).source;
      if (typeof source !== "string") throw new Error(`${path}: the pair ${pair.id} needs a source`);
      const conflict = typeof policy === "string" ? policy : null;
      const rules =
        policy !== undefined && conflict === null ? { policy: policy as LabelledPair["policy"] } : {};
      all.push({ ...rest, ...rules, source, conflict } as ForeignPair);
    }
  }
  return all;
}

/**
 * Verifies the foreign pairs with the typed rules and, where it reads the type, with math-verify.
 *
 * @param ask math-verify; the opinions in the order of the pairs
 */
export async function measureForeign(
  paths: readonly string[],
  ask: (pairs: readonly LabelledPair[]) => Promise<readonly Opinion[]>,
): Promise<ForeignSummary> {
  const all = await readForeign(paths);
  const pairs = all.filter(({ conflict }) => conflict === null);
  const judged = pairs.map((pair) => ({ pair, verdict: judge(pair) }));
  const shared = pairs.filter(isForMathVerify);
  const opinions = await ask(shared);
  return {
    files: paths.filter((one) => existsSync(one)),
    pairs: pairs.length,
    rules: accuracyBy(judged, ({ type }) => type),
    rulesBySource: accuracyBy(judged, ({ source }) => source),
    rulesOnShared: accuracy(shared.map((pair) => ({ pair, verdict: judge(pair) }))),
    mathVerify: accuracy(
      shared.map((pair, index) => {
        const opinion = opinions[index];
        const isVerdict = opinion?.kind === "verdict" && opinion.verdict !== "unparsable";
        return { pair, verdict: isVerdict ? opinion.verdict : null };
      }),
    ),
    conflicts: all.flatMap((pair) =>
      pair.conflict === null ? [] : [{ ...shown(pair), policy: pair.conflict }],
    ),
    missed: judged
      .filter(({ pair, verdict }) => (verdict === "correct") !== (pair.expected === "correct"))
      .map(({ pair }) => pair.id),
  };
}

function shown(pair: ForeignPair) {
  const { id, source, type, gold, answer, expected } = pair;
  return { id, source, type, gold, answer, theirs: expected, ours: judge(pair) };
}

/** Returns the summary for people. */
export function renderForeign(one: ForeignSummary): string {
  const share = (value: number | null) =>
    value === null ? "      –" : `${(100 * value).toFixed(1).padStart(5)} %`;
  const row = (name: string, { pairs, precision, recall, falseAccepts }: Accuracy) =>
    `  ${name.padEnd(24)} ${String(pairs).padStart(5)} ${share(precision)} ${share(recall)} ${String(falseAccepts).padStart(6)}`;
  return [
    `foreign pairs: ${one.pairs}, and ${one.conflicts.length} where a policy decides otherwise`,
    `  ${"".padEnd(24)} pairs   prec.  recall  false accepts`,
    ...Object.entries(one.rules).map(([type, accuracies]) => row(`rules, ${type}`, accuracies)),
    ...Object.entries(one.rulesBySource)
      .filter(([source]) => source !== "all")
      .map(([source, accuracies]) => row(source, accuracies)),
    row("rules, shared", one.rulesOnShared),
    row("math-verify, shared", one.mathVerify),
    ...one.missed.map((id) => `  rules and label differ: ${id}`),
    ...one.conflicts.map(
      ({ id, source, gold, answer, theirs, ours, policy }) =>
        `  ${id} ${source}: gold ${gold}, answer ${answer}: theirs ${theirs}, ours ${ours} (${policy})`,
    ),
  ].join("\n");
}
