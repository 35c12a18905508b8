import type { RunFacts } from "../../app/reports/collect.js";
import type { Advice } from "../../core/analysis/advice.js";
import { DIRECTION_TEXT, directionOf } from "../../core/analysis/direction.js";
import { type Change, hasDirections, type Learning } from "../../core/analysis/learning.js";
import type { Estimate } from "../../core/statistics/clustered.js";
import { counted } from "../../core/text/counted.js";
import { percent, plainNumber, signedNumber, timeSpan } from "../parts/format.js";

/** The learning result in a few lines of plain text, for the terminal. */
export function summaryLines(learning: Learning): string[] {
  const { changes, sentence } = learning;
  const width = Math.max(...changes.map(({ measure }) => measure.label.length));
  return [
    sentence,
    ...changes.map(
      (change) => `  ${change.measure.label.padEnd(width)}  ${changeText(change, hasDirections(learning))}`,
    ),
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
 * `0.12 → 0.41, +0.29 [+0.21, +0.37]`.
 */
export function changeText(
  { measure, first, last, change, overControl }: Change,
  withDirection: boolean,
): string {
  if (first === null || last === null) return DIRECTION_TEXT.unmeasured;
  const value = (number: number) => (measure.unit === "share" ? percent(number) : plainNumber(number));
  const level = `${value(first.estimate)} → ${value(last.estimate)}`;
  const shown = (one: Estimate) => (withDirection ? changed(one) : intervalText(one));
  const interval = change === null ? "" : `, ${shown(change)}`;
  return `${level}${interval}${overControl === null ? "" : `; over control ${shown(overControl)}`}`;
}

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
