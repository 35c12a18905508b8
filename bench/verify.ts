import { cpus } from "node:os";
import { graderCommand } from "../src/adapters/grader/command.js";
import { openGraderPool } from "../src/adapters/grader/pool.js";
import { trainerSource } from "../src/adapters/python/source.js";
import type { Opinion } from "../src/core/truth/opinion.js";
import { interleave, type LaneResult } from "./interleave.js";
import { startLane } from "./lane.js";
import { toolInterpreter } from "./machine.js";
import { type Accuracy, accuracyByType } from "./verify/accuracy.js";
import { type ForeignSummary, measureForeign, renderForeign } from "./verify/foreign.js";
import { isForMathVerify, judge, type LabelledPair, readPairs } from "./verify/pairs.js";
import { type PairTurn, rulesLane } from "./verify/rules-lane.js";

/** Summary at the end of `npm run bench -- verify`; `--json` prints it as the last line. */
export interface VerifySummary {
  readonly schema: "spice-bench-verify/2";
  /**
   * Pairs in the set, and pairs on which both verifiers were timed: those that math-verify found
   * correct or wrong.
   */
  readonly pairs: number;
  readonly timedPairs: number;
  /**
   * Median pass of math-verify divided by the median pass of the rules: parsing and comparing, one
   * process each.
   */
  readonly speedup: number;
  /** Fastest pass of math-verify divided by the median pass of the rules. */
  readonly speedupAgainstFastest: number;
  /** Median time of one call of the typed rules, over all calls of all counted turns. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly pairsPerSecond: number;
  readonly peer: {
    readonly p50Ms: number;
    readonly p99Ms: number;
    readonly pairsPerSecond: number;
    /** Pairs each second in its fastest pass. */
    readonly bestPairsPerSecond: number;
    /** Pairs on which it was too slow or its process ended. They are not timed. */
    readonly lost: number;
  };
  /**
   * Precision and recall against the labels by type: the rules on all pairs, the rules on the pairs
   * of both verifiers, and math-verify on the same pairs.
   */
  readonly rules: Readonly<Record<string, Accuracy>>;
  readonly rulesOnShared: Readonly<Record<string, Accuracy>>;
  readonly mathVerify: Readonly<Record<string, Accuracy>>;
  /** Both verifiers on pairs of the kinds of other graders. */
  readonly foreign: ForeignSummary;
  readonly turns: number;
  readonly machine: string;
  readonly versions: Readonly<Record<string, string>>;
}

/** Wall time after which math-verify is stopped on a pair, milliseconds: the default of a run. */
const TIMEOUT_MS = 5000;
/** Number of passes of the rules in one turn, enough for most of a second. */
const PASSES = 200;

/**
 * Verifies a labelled set and the foreign pairs with both verifiers. Then times both in turns on
 * the labelled pairs that both support.
 */
export async function benchVerify(
  path: string,
  foreignPaths: readonly string[],
  turns: number,
  onProgress: (line: string) => void,
): Promise<VerifySummary> {
  const pairs = await readPairs(path);
  const shared = pairs.filter(isForMathVerify);
  if (shared.length === 0) throw new Error(`${path} has no pair that math-verify can judge`);
  const { root } = await trainerSource();
  const python = await toolInterpreter(root, "grader");
  onProgress(`${pairs.length} pairs, ${shared.length} of them for both; judging ...`);
  const opinions = await askMathVerify(python, root, shared);
  const foreign = await measureForeign(foreignPaths, (foreignPairs) =>
    askMathVerify(python, root, foreignPairs),
  );
  const timed = shared.filter((_, index) => verdictOf(opinions[index]) !== null);
  await using peer = await startLane(
    { name: "math-verify", python, module: "math_verify", options: { pairs: timed } },
    root,
    false,
  );
  const [ours, theirs] = await interleave([rulesLane(timed, PASSES), peer], turns, onProgress);
  if (ours === undefined || theirs === undefined) throw new Error("two lanes were started");
  const [ourCalls, theirCalls] = [calls(ours), calls(theirs)];
  const rate = (seconds: number) => timed.length / seconds;
  return {
    schema: "spice-bench-verify/2",
    pairs: pairs.length,
    timedPairs: timed.length,
    speedup: theirs.medianSeconds / ours.medianSeconds,
    speedupAgainstFastest: theirs.fastestSeconds / ours.medianSeconds,
    p50Ms: quantileMs(ourCalls, 0.5),
    p99Ms: quantileMs(ourCalls, 0.99),
    pairsPerSecond: rate(ours.medianSeconds),
    peer: {
      p50Ms: quantileMs(theirCalls, 0.5),
      p99Ms: quantileMs(theirCalls, 0.99),
      pairsPerSecond: rate(theirs.medianSeconds),
      bestPairsPerSecond: rate(theirs.fastestSeconds),
      lost: opinions.filter((one) => one.kind === "infrastructure").length,
    },
    rules: accuracyByType(pairs.map((pair) => ({ pair, verdict: judge(pair) }))),
    rulesOnShared: accuracyByType(shared.map((pair) => ({ pair, verdict: judge(pair) }))),
    mathVerify: accuracyByType(shared.map((pair, index) => ({ pair, verdict: verdictOf(opinions[index]) }))),
    foreign,
    turns,
    machine: `${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} threads`,
    versions: { ...ours.facts.versions, ...theirs.facts.versions },
  };
}

/** Uses the pool of a run. Pairs that hang or end the process are found here, and are not timed. */
async function askMathVerify(
  python: string,
  root: string,
  pairs: readonly LabelledPair[],
): Promise<Opinion[]> {
  const { signal } = new AbortController();
  const command = graderCommand(python, root);
  await using pool = await openGraderPool({ command, workers: 1, timeoutMs: TIMEOUT_MS }, signal);
  const opinions: Opinion[] = [];
  for (const { type, gold, answer } of pairs) opinions.push(await pool.check({ type, gold, answer }, signal));
  return opinions;
}

const verdictOf = (opinion: Opinion | undefined): string | null =>
  opinion?.kind === "verdict" && opinion.verdict !== "unparsable" ? opinion.verdict : null;

/** Returns the seconds of every call of the counted turns, ascending. */
function calls({ turns }: LaneResult): readonly number[] {
  return turns.flatMap((turn) => (turn as unknown as PairTurn).pairSeconds).sort((a, b) => a - b);
}

function quantileMs(ascending: readonly number[], share: number): number {
  return (
    1000 * (ascending[Math.min(ascending.length - 1, Math.floor(share * ascending.length))] ?? Number.NaN)
  );
}

/** Returns the summary for people. */
export function renderVerify(one: VerifySummary): string {
  const { peer, rules, rulesOnShared, mathVerify } = one;
  const number = (value: number) => value.toPrecision(3).padStart(10);
  const lane = (name: string, p50: number, p99: number, rate: number) =>
    `  ${name.padEnd(14)} p50 ${number(p50)} ms   p99 ${number(p99)} ms   ${Math.round(rate).toLocaleString("en").padStart(10)} pairs/s`;
  const share = (value: number | null | undefined) =>
    value === null || value === undefined ? "      –" : `${(100 * value).toFixed(1).padStart(5)} %`;
  const row = (accuracy: Accuracy | undefined) =>
    accuracy === undefined
      ? ""
      : `${String(accuracy.pairs).padStart(5)} ${share(accuracy.precision)} ${share(accuracy.recall)}`;
  const table = Object.keys(rules).map(
    (type) =>
      `  ${type.padEnd(12)} ${row(rules[type]).padEnd(22)} ${row(rulesOnShared[type]).padEnd(22)} ` +
      `${row(mathVerify[type])}${mathVerify[type] ? `${String(mathVerify[type]?.silent).padStart(8)}` : ""}`,
  );
  return [
    `verify: ${one.pairs} labelled pairs, ${one.timedPairs} timed on both, ${one.turns} turns (${one.machine})`,
    lane("typed rules", one.p50Ms, one.p99Ms, one.pairsPerSecond),
    lane("math-verify", peer.p50Ms, peer.p99Ms, peer.pairsPerSecond),
    `  ${one.speedup.toFixed(0)} times as fast; ${one.speedupAgainstFastest.toFixed(0)} times its fastest pass ` +
      `(${Math.round(peer.bestPairsPerSecond)} pairs/s); it lost ${peer.lost} pairs`,
    "",
    `  ${"".padEnd(12)} ${"rules, all".padEnd(22)} ${"rules, shared".padEnd(22)} math-verify, shared`,
    `  ${"type".padEnd(12)} ${"pairs  prec. recall".padEnd(22)} ${"pairs  prec. recall".padEnd(22)} pairs  prec. recall  silent`,
    ...table,
    "",
    renderForeign(one.foreign),
  ].join("\n");
}
