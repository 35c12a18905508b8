import type { RunFacts } from "../../app/reports/collect.js";
import type { Advice } from "../../core/analysis/advice.js";
import { DIRECTION_TEXT, directionOf } from "../../core/analysis/direction.js";
import { type Change, hasDirections, hasIntervals, type Learning } from "../../core/analysis/learning.js";
import type { Estimate } from "../../core/statistics/clustered.js";
import { counted } from "../../core/text/counted.js";
import { percent, plainNumber, signedNumber, timeSpan } from "../parts/format.js";

/** The learning result in a few lines of plain text, for the terminal. */
export function summaryLines(learning: Learning): string[] {
  const { changes, sentence, verdict } = learning;
  // Lines that all say "not measured" say less than the sentence.
  if (verdict === "too short" && changes.every(({ first, last }) => first === null && last === null))
    return [sentence];
  const width = Math.max(...changes.map(({ measure }) => measure.label.length));
  return [
    sentence,
    ...changes.map((change) => `  ${change.measure.label.padEnd(width)}  ${changeText(change, learning)}`),
  ];
}

/**
 * Facts of a run in a few lines of plain text: extensions, changed code, warm start, versions,
 * weights, and why the run failed.
 */
export function factLines(facts: RunFacts): string[] {
  const { extensions, codeChanges, warmupSeconds, warmup, versions, weights, state, detail } = facts;
  const [first] = extensions;
  const steps =
    first === undefined
      ? []
      : [
          `${counted(first.from, "step")}, ${extensions.map(({ to, committed }) => `extended to ${to} after step ${committed}`).join(", ")}`,
        ];
  const start = warmupSeconds === null ? [] : [`warm start ${timeSpan(warmupSeconds)}${lossText(warmup)}`];
  const published = `${counted(versions, "policy version")} published`;
  return [
    ...(detail === "" ? [] : [`${state}: ${detail}`]),
    ...steps,
    ...codeChanges.map(({ committed, files }) => `${files.join(", ")} changed after step ${committed}`),
    [...start, published, WEIGHTS_TEXT[weights]].filter((part) => part !== "").join(", "),
  ];
}

/** The loss of the first and of the last step of a warm start; empty when the run has none. */
function lossText(warmup: RunFacts["warmup"]): string {
  const [first, last] = [warmup?.["firstLoss"], warmup?.["lastLoss"]];
  return typeof first === "number" && typeof last === "number"
    ? `, loss ${first.toFixed(2)} → ${last.toFixed(2)}`
    : "";
}

/** Whether self-play changed the weights, in words. */
export const WEIGHTS_TEXT: Readonly<Record<RunFacts["weights"], string>> = {
  changed: "self-play changed the weights",
  unchanged: "self-play did not change the weights",
  unknown: "",
};

/** Advice as a text: the share of proposals, what to do, and the settings to try. */
export function adviceText({ reason, share, text, settings }: Advice): string {
  const flags = settings.map((one) => `-s '${one}'`).join(" ");
  const attempt = settings.length === 0 ? "" : ` Try: ${flags}`;
  return `${percent(share)} ${reason}: ${text}${attempt}`;
}

/**
 * A change as a text: `0.12 → 0.41, rose: +0.29 [+0.21, +0.37]`; without directions
 * `0.12 → 0.41, +0.29 [+0.21, +0.37]`; of a run that is too short without the interval.
 */
export function changeText(
  { measure, first, last, change, overControl }: Change,
  learning: Pick<Learning, "verdict">,
): string {
  if (first === null || last === null) return DIRECTION_TEXT.unmeasured;
  const value = (number: number) => (measure.unit === "share" ? percent(number) : plainNumber(number));
  const level = `${value(first.estimate)} → ${value(last.estimate)}`;
  if (!hasIntervals(learning)) return `${level}, ${NO_INTERVAL}`;
  const shown = (one: Estimate) => (hasDirections(learning) ? changed(one) : intervalText(one));
  const interval = change === null ? "" : `, ${shown(change)}`;
  return `${level}${interval}${overControl === null ? "" : `; over control ${shown(overControl)}`}`;
}

/** Stands in the place of an interval. */
export const NO_INTERVAL = "too few steps for an interval";

/** A change with its direction in words: `no clear change: +0.02 [-0.05, +0.09]`. */
function changed(change: Estimate): string {
  return `${DIRECTION_TEXT[directionOf(change)]}: ${intervalText(change)}`;
}

/** An estimate with its interval as a text: `+0.29 [+0.21, +0.37]`. */
export function intervalText(interval: {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}): string {
  return `${signedNumber(interval.estimate)} [${signedNumber(interval.low)}, ${signedNumber(interval.high)}]`;
}
