import { readRun } from "../src/adapters/runs/read-run.js";
import { type ArmCount, armCount } from "../src/core/game/arms.js";
import { type EarlyStop, earlyStopReward, stopsEarly } from "../src/core/game/early-stop.js";
import { challengerReward } from "../src/core/game/rewards/rewards.js";
import { keyed, type Rng } from "../src/core/random/rng.js";
import type { Episode } from "../src/core/records/episode.js";
import { binomial } from "../src/core/statistics/binomial.js";
import { mean } from "../src/core/statistics/intervals.js";

/**
 * Tasks of a document by their pass rates: one trained Reasoner group and its Challenger group are
 * scored on them.
 */
export type ScoringGroup = readonly number[];

/** A mean with its 95 % interval. */
export interface Level {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Summary at the end of the bench: blind attempts and Challenger rewards with and without early
 * stopping, on the same random numbers.
 */
export interface ScoringSummary {
  readonly schema: "spice-bench-scoring/1";
  /** `even`: four tasks a document, pass rates spread evenly; otherwise the run of the tasks. */
  readonly mix: string;
  readonly attempts: number;
  readonly look: number;
  readonly groups: number;
  readonly tasks: number;
  readonly repeats: number;
  readonly rolloutsPerGroup: { readonly without: number; readonly with: number; readonly expected: number };
  /** Share of the blind attempts that is not sampled. */
  readonly saved: number;
  readonly reward: { readonly without: Level; readonly with: Level; readonly difference: Level };
  /**
   * Standard deviation of the reward of a task around its mean at its pass rate: the noise of early
   * stopping.
   */
  readonly noise: { readonly without: number; readonly with: number };
}

/**
 * Returns four tasks a document, 64 documents, pass rates spread evenly over [0, 1]. Used without a
 * run.
 */
export function evenMix(): ScoringGroup[] {
  const rng = keyed("scoring", "even");
  return Array.from({ length: 64 }, () => Array.from({ length: 4 }, () => rng.next()));
}

/**
 * Returns the pass rates of the tasks of a run, by document. k right of n is read as (k + 1/2) / (n
 * + 1), the mean of the posterior with Jeffreys' prior. A measured 0 of 8 as pass rate 0 would be
 * too favorable for early stopping.
 */
export async function recordedMix(directory: string): Promise<ScoringGroup[]> {
  const groups: ScoringGroup[] = [];
  for await (const episode of (await readRun(directory)).episodes()) {
    const rates = ratesOf(episode);
    if (rates.length > 0) groups.push(rates);
  }
  if (groups.length === 0) throw new Error(`${directory} has no task with blind attempts`);
  return groups;
}

/** Equal tasks share their attempts, so each counts once. */
function ratesOf({ proposals }: Episode): number[] {
  const tasks = new Map(
    proposals.flatMap(({ task, attempts }) => (task === null ? [] : [[task.id, armCount(attempts)]])),
  );
  return [...tasks.values()].flatMap(({ correct, graded }) =>
    graded === 0 ? [] : [(correct + 0.5) / (graded + 1)],
  );
}

/**
 * Scores every task of the mix `repeats` times, with the plan and without it, on the same random
 * numbers.
 */
export function benchScoring(
  mix: string,
  groups: readonly ScoringGroup[],
  plan: EarlyStop,
  repeats: number,
): ScoringSummary {
  const spent = { without: 0, with: 0 };
  const rewards: { full: number; planned: number; centre: number }[] = [];
  const means: { full: number; planned: number }[] = [];
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    const scored = groups.flatMap((rates, group) => {
      const rng = keyed("scoring", repeat, group);
      // The Reasoner trains on one task of the document, whatever its attempts, and this task gets
      // all attempts.
      const trained = rng.int(rates.length);
      return rates.map((rate, task) => {
        const one = score(rate, plan, task === trained, rng);
        spent.without += plan.attempts;
        spent.with += one.drawn;
        return { ...one, rate };
      });
    });
    for (const { full, planned, rate } of scored)
      rewards.push({ full, planned, centre: fullMean(rate, plan) });
    means.push({
      full: mean(scored.map((one) => one.full)) ?? 0,
      planned: mean(scored.map((one) => one.planned)) ?? 0,
    });
  }
  const perGroup = (total: number) => total / (groups.length * repeats);
  // Each of the T tasks of a document is the trained task with probability 1 / T.
  const expected = groups.map((rates) =>
    rates
      .map((rate) => (plan.attempts + (rates.length - 1) * expectedAttempts(rate, plan)) / rates.length)
      .reduce((sum, one) => sum + one, 0),
  );
  return {
    schema: "spice-bench-scoring/1",
    mix,
    ...plan,
    groups: groups.length,
    tasks: groups.flat().length,
    repeats,
    rolloutsPerGroup: {
      without: perGroup(spent.without),
      with: perGroup(spent.with),
      expected: mean(expected) ?? 0,
    },
    saved: 1 - spent.with / spent.without,
    reward: {
      without: level(means.map((one) => one.full)),
      with: level(means.map((one) => one.planned)),
      difference: level(means.map((one) => one.planned - one.full)),
    },
    noise: {
      without: spread(rewards.map((one) => one.full - one.centre)),
      with: spread(rewards.map((one) => one.planned - one.centre)),
    },
  };
}

const paid = (blind: ArmCount) =>
  challengerReward({ blind, open: { correct: 0, graded: 0 } }, { kind: "variance", sigma: 0.1 });

function score(rate: number, plan: EarlyStop, trained: boolean, rng: Rng) {
  const right = Array.from({ length: plan.attempts }, () => rng.next() < rate);
  const verdicts = right.map((one) => (one ? ("correct" as const) : ("wrong" as const)));
  const drawn = !trained && stopsEarly(verdicts.slice(0, plan.look), plan) ? plan.look : plan.attempts;
  const count = (some: readonly boolean[]) => some.filter(Boolean).length;
  const full = paid({ correct: count(right), graded: plan.attempts });
  return {
    drawn,
    full,
    planned: trained
      ? full
      : earlyStopReward({ correct: count(right.slice(0, drawn)), graded: drawn }, plan, paid),
  };
}

function fullMean(rate: number, { attempts }: EarlyStop): number {
  let sum = 0;
  for (let right = 0; right <= attempts; right += 1)
    sum += binomial(attempts, right, rate) * paid({ correct: right, graded: attempts });
  return sum;
}

/** Returns the mean number of attempts of a task with this pass rate. */
function expectedAttempts(passRate: number, { look, attempts }: EarlyStop): number {
  const stop = binomial(look, 0, passRate) + binomial(look, look, passRate);
  return look * stop + attempts * (1 - stop);
}

/** Returns the standard deviation with divisor n; 0 without values. */
function spread(values: readonly number[]): number {
  const center = mean(values) ?? 0;
  return Math.sqrt(mean(values.map((value) => (value - center) ** 2)) ?? 0);
}

function level(values: readonly number[]): Level {
  const centre = mean(values) ?? 0;
  const half = (1.96 * spread(values)) / Math.sqrt(values.length);
  return { mean: centre, low: centre - half, high: centre + half };
}

/** Returns a few lines for people. */
export function renderScoring(summary: ScoringSummary): string {
  const { mix, look, attempts, groups, tasks, rolloutsPerGroup, saved, reward, noise } = summary;
  const text = ({ mean: centre, low, high }: Level) =>
    `${centre.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]`;
  return [
    `mix ${mix}: ${groups} groups, ${tasks} tasks; look after ${look} of ${attempts}`,
    `blind attempts a trained group: ${rolloutsPerGroup.without.toFixed(2)} without, ${rolloutsPerGroup.with.toFixed(2)} with (${Math.round(saved * 100)} % saved)`,
    `reward: ${text(reward.without)} without, ${text(reward.with)} with; difference ${text(reward.difference)}`,
    `noise of one reward: ${noise.without.toFixed(3)} without, ${noise.with.toFixed(3)} with`,
  ].join("\n");
}
