import {
  clusteredDifference,
  clusteredMean,
  type Estimate,
  lastThirdMinusFirst,
  type TrendPoint,
} from "../statistics/clustered.js";
import { type Interval, wilson } from "../statistics/intervals.js";
import { counted } from "../text/counted.js";
import { DIRECTION_TEXT, type Direction, directionOf } from "./direction.js";
import { MEASURES, type Measure } from "./measures.js";

/**
 * Change of one measure over a run. All intervals are 95 % intervals and take into account that
 * documents are played more than once.
 */
export interface Change {
  readonly measure: Measure;
  readonly first: Estimate | null;
  readonly last: Estimate | null;
  /** Mean of the last third of the run minus mean of the first third. */
  readonly change: Estimate | null;
  /**
   * Mean of the last third of this run minus mean of the last third of the control run; null
   * without a control.
   */
  readonly overControl: Estimate | null;
}

export interface Learning {
  readonly changes: readonly Change[];
  /**
   * `learned`: reward and admission share increased (also compared with the control, if there is
   * one), and no measure that must stay stable decreased. With a control, stability is measured
   * against the control, because some thirds of a run have easier documents. `not trained`: no step
   * had a gradient, so every change is chance.
   */
  readonly verdict: "learned" | "partly" | "fell" | "unclear" | "too short" | "not trained";
  /** One or two sentences for people. */
  readonly sentence: string;
}

/**
 * False for a run that is too short, and for a run that was not trained. A change of such a run has
 * no direction: its figures are shown without a word for it.
 */
export function hasDirections({ verdict }: Pick<Learning, "verdict">): boolean {
  return verdict !== "too short" && verdict !== "not trained";
}

/**
 * False for a run that is too short. Its thirds are one or two steps, so an interval would say
 * nothing.
 */
export function hasIntervals({ verdict }: Pick<Learning, "verdict">): boolean {
  return verdict !== "too short";
}

export type Points = Readonly<Record<Measure["key"], readonly TrendPoint[]>>;

/** Smallest number of steps for which thirds are compared. */
const FEWEST_STEPS = 6;
/**
 * A measure that must stay stable is stable when the lower end of its interval is above minus this
 * value.
 */
const TOLERANCE = 0.1;

/** The result of a run whose steps had no gradient; any other result is returned as it is. */
export function unlessUntrained(result: Learning, steps: number, trainedSteps: number): Learning {
  if (steps === 0 || trainedSteps > 0) return result;
  const some = steps === 1 ? "The step" : `None of the ${steps} steps`;
  return {
    ...result,
    verdict: "not trained",
    sentence: `The model was not trained. ${some} had ${steps === 1 ? "no" : "a"} gradient: in no group did proposals or answers differ in reward.`,
  };
}

/**
 * What the run learned, for every measure, and how certain that is. No interval has values that the
 * measure cannot have.
 *
 * @param reward least and largest reward of a proposal; null when they are not known
 */
export function learning(
  points: Points,
  control: Points | null,
  steps: number,
  reward: Interval | null = null,
): Learning {
  const changes = MEASURES.map((measure): Change => {
    const own = points[measure.key];
    const [first, last] = [third(own, "first"), third(own, "last")];
    const possible = measure.unit === "share" ? { low: 0, high: 1 } : reward;
    const width = possible === null ? null : possible.high - possible.low;
    const span = width === null ? null : { low: -width, high: width };
    const difference = (before: readonly TrendPoint[], after: readonly TrendPoint[]) =>
      measure.unit === "share" ? shareDifference(before, after) : clusteredDifference(before, after);
    return {
      measure,
      first: within(clusteredMean(first), possible),
      last: within(clusteredMean(last), possible),
      change: within(
        measure.unit === "share" ? shareDifference(first, last) : lastThirdMinusFirst(own),
        span,
      ),
      overControl:
        control === null ? null : within(difference(third(control[measure.key], "last"), last), span),
    };
  });
  return { changes, ...verdictOf(changes, steps) };
}

/** An estimate whose interval does not go past the bounds. */
function within(estimate: Estimate | null, bounds: Interval | null): Estimate | null {
  if (estimate === null || bounds === null) return estimate;
  // Rewards that were recorded under another setting may be outside.
  const [least, most] = [Math.min(bounds.low, estimate.estimate), Math.max(bounds.high, estimate.estimate)];
  return { ...estimate, low: Math.max(least, estimate.low), high: Math.min(most, estimate.high) };
}

/**
 * Difference of two shares. When all values of one side are equal, the cluster-robust interval has
 * no width and would claim certainty. Newcombe's interval (Newcombe 1998) is then used, with one
 * trial for each document.
 */
function shareDifference(before: readonly TrendPoint[], after: readonly TrendPoint[]): Estimate | null {
  const robust = clusteredDifference(before, after);
  const [early, late] = [clusteredMean(before), clusteredMean(after)];
  if (robust === null || early === null || late === null) return robust;
  if (early.high > early.low && late.high > late.low) return robust;
  const [w1, w2] = [early, late].map((one) => wilson(one.estimate * one.clusters, one.clusters)) as [
    Interval,
    Interval,
  ];
  const below = Math.hypot(late.estimate - w2.low, w1.high - early.estimate);
  const above = Math.hypot(w2.high - late.estimate, early.estimate - w1.low);
  return {
    ...robust,
    low: Math.min(robust.low, robust.estimate - below),
    high: Math.max(robust.high, robust.estimate + above),
  };
}

/** The points of the first or the last third of the steps, as in `lastThirdMinusFirst`. */
function third(points: readonly TrendPoint[], which: "first" | "last"): TrendPoint[] {
  const steps = [...new Set(points.map((one) => one.x))].sort((a, b) => a - b);
  const size = Math.floor(steps.length / 3);
  const wanted = new Set(which === "first" ? steps.slice(0, size) : steps.slice(steps.length - size));
  return points.filter((one) => wanted.has(one.x));
}

function verdictOf(changes: readonly Change[], steps: number): Pick<Learning, "verdict" | "sentence"> {
  if (steps === 0)
    return { verdict: "too short", sentence: "The run has no committed step, so nothing can be measured." };
  if (steps < FEWEST_STEPS) {
    return {
      verdict: "too short",
      sentence: `${counted(steps, "step")} ${steps === 1 ? "is" : "are"} too few to say whether anything was learned; ${FEWEST_STEPS} are the least.`,
    };
  }
  const wanted = changes.filter((one) => one.measure.wanted === "rise");
  const controlled = changes.some((one) => one.overControl !== null);
  const fair = ({ change, overControl }: Change) => (controlled ? overControl : change);
  const rose = wanted.filter((one) => [one.change, fair(one)].every((by) => directionOf(by) === "rose"));
  const fell = changes.filter((one) => mayNotFall(one) && directionOf(fair(one)) === "fell");
  const sentences = [
    `Over the run: ${directions(changes, ({ change }) => change)}.`,
    ...(controlled
      ? [`Compared with the control: ${directions(changes, ({ overControl }) => overControl)}.`]
      : []),
    ...(fell.length > 0 ? [] : [guardSentence(changes, fair)]),
  ];
  return { verdict: verdictBy(rose.length, fell.length, wanted.length), sentence: sentences.join(" ") };
}

function verdictBy(rose: number, fell: number, wanted: number): Learning["verdict"] {
  if (rose > 0 && (fell > 0 || rose < wanted)) return "partly";
  if (fell > 0) return "fell";
  return rose === wanted ? "learned" : "unclear";
}

/** The Reasoner's reward may fall: the Challenger may find harder tasks. */
const mayNotFall = ({ measure }: Change): boolean => measure.key !== "reasonerReward";

/**
 * What rose, fell or did not change clearly, as one list. Measures that should rise are always in
 * the list. Other measures are in it only when they fell and must not fall.
 */
function directions(changes: readonly Change[], by: (one: Change) => Estimate | null): string {
  const named = (direction: Direction) =>
    changes.filter(
      (one) =>
        directionOf(by(one)) === direction &&
        (one.measure.wanted === "rise" || (direction === "fell" && mayNotFall(one))),
    );
  const parts = (["rose", "fell", "unclear", "unmeasured"] as const).flatMap((direction) => {
    const list = named(direction);
    if (list.length === 0) return [];
    return direction === "unclear"
      ? [`${DIRECTION_TEXT.unclear} of ${names(list)}`]
      : [`${names(list)} ${DIRECTION_TEXT[direction]}`];
  });
  return parts.join("; ");
}

/** Whether gold accuracy and the variety of questions stayed, or how much is not known about it. */
function guardSentence(changes: readonly Change[], by: (one: Change) => Estimate | null): string {
  const guarded = changes.filter((one) => ["goldAccuracy", "newQuestions"].includes(one.measure.key));
  const doubtful = guarded.filter((one) => (by(one)?.low ?? Number.NEGATIVE_INFINITY) <= -TOLERANCE);
  if (doubtful.length === 0) return `${capital(names(guarded))} held.`;
  const measured = doubtful.filter((one) => one.change !== null);
  if (measured.length === 0) return `${capital(names(doubtful))} could not be measured.`;
  return `For ${names(measured)} the interval is too wide to rule out a loss of ${TOLERANCE * 100} points.`;
}

const names = (list: readonly Change[]): string =>
  sentenceList(list.map((one) => one.measure.label.toLowerCase()));

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function sentenceList(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? "") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}
