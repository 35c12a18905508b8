import type { StepMetrics } from "../../core/records/metrics.js";

const BARS = "▁▂▃▄▅▆▇█";

/**
 * A line about a step: rewards of both roles, share of admitted proposals, gold accuracy,
 * distribution of the pass rates (0 of 8 to 8 of 8), speed, time of the step, policy version, and
 * remaining time.
 *
 * @param secondsPerStep mean time of the steps so far, in seconds; null when unknown
 */
export function stepLine(metrics: StepMetrics, totalSteps: number, secondsPerStep: number | null): string {
  const number = (key: string): number | null => {
    const value = metrics[key];
    return typeof value === "number" ? value : null;
  };
  const tokens = number("sampled_completion_tokens");
  const sampling = number("seconds_sample");
  const parts = [
    `step ${String(metrics.step).padStart(String(totalSteps).length)}/${totalSteps}`,
    `challenger ${signed(number("challenger_reward_mean"))}`,
    `reasoner ${signed(number("reasoner_reward_mean"))}`,
    `admitted ${percent(number("admitted_share"))}`,
    `gold ${percent(number("gold_accuracy"))}`,
    `pass ${spark(metrics)}`,
    tokens === null || !sampling ? "" : `${Math.round(tokens / sampling)} tok/s`,
    `v${metrics["policy_version"] ?? "–"}`,
    number("trained_sequences") === 0 ? "NOT TRAINED" : "",
    `${(number("seconds_step") ?? 0).toFixed(1)} s`,
    secondsPerStep === null ? "" : `left ${duration((totalSteps - metrics.step) * secondsPerStep)}`,
  ];
  return parts.filter((part) => part !== "").join("  ");
}

const signed = (value: number | null): string => (value === null ? "  –  " : value.toFixed(2).padStart(5));
const percent = (value: number | null): string =>
  value === null ? "  – " : `${Math.round(value * 100)} %`.padStart(5);

/** The histogram of the pass rates as nine bars, with a dot for an empty bin. */
function spark(metrics: StepMetrics): string {
  const counts = Array.from({ length: 9 }, (_, bucket) => Number(metrics[`pass_hist_${bucket}`] ?? 0));
  const most = Math.max(...counts);
  return counts.map((count) => (count === 0 ? "·" : BARS[Math.ceil((count / most) * 8) - 1])).join("");
}

/** A time in seconds as a text: `45 s`, `3:07`, `2:05:09`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
