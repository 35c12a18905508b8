import type { ReportData } from "../../../app/reports/collect.js";
import type { StepMetrics } from "../../../core/records/metrics.js";
import { lineChart } from "../../parts/charts/line-chart.js";
import { bytes, grouped, percent, timeSpan } from "../../parts/format.js";
import { html, type Markup } from "../../parts/html.js";

const PARTS = [
  { key: "seconds_sample", label: "sampling and judging", colour: "var(--challenger)" },
  { key: "seconds_train", label: "training", colour: "var(--reasoner)" },
  { key: "seconds_publish", label: "publishing weights", colour: "var(--plain)" },
] as const;

/** The section with the time of each part of the run, and the speed. */
export function costSection({ metrics }: ReportData): Markup {
  const total = (key: string) => metrics.reduce((sum, one) => sum + Number(one[key] ?? 0), 0);
  const seconds = total("seconds_step");
  if (seconds === 0) return html``;
  const parts = PARTS.map((part) => ({ ...part, seconds: total(part.key) }));
  const memory = Math.max(0, ...metrics.map((one) => Number(one["trainer_peak_memory_bytes"] ?? 0)));
  const rate = (one: StepMetrics) =>
    Number(one["sampled_completion_tokens"] ?? 0) / Math.max(1e-9, Number(one["seconds_sample"] ?? 0));
  const line = metrics.map((one) => ({ step: one.step, value: rate(one) }));
  const duration = metrics.map((one) => ({ step: one.step, value: Number(one["seconds_step"] ?? 0) }));
  return html`<h2>Cost</h2>
    <div class="card"><h3>Where the time went</h3>
      <div class="split" role="img" aria-label="${parts.map((one) => `${one.label} ${percent(one.seconds / seconds)}`).join(", ")}">${parts.map((one) => html`<span style="width:${((one.seconds / seconds) * 100).toFixed(2)}%;background:${one.colour}"></span>`)}</div>
      <p class="legend">${parts.map((one) => html`<span style="--tone:${one.colour}"><i></i>${one.label} ${percent(one.seconds / seconds)}, ${timeSpan(one.seconds)}</span>`)}</p>
      <div class="tiles"><div><b>${timeSpan(seconds / Math.max(1, metrics.length))}</b><span>a step</span></div>
        <div><b>${grouped(total("sampled_completion_tokens") / Math.max(1e-9, total("seconds_sample")))}</b><span>tokens/s sampled</span></div>
        <div><b>${grouped(total("trained_tokens") / Math.max(1e-9, total("seconds_train")))}</b><span>tokens/s trained</span></div>
        <div><b>${((total("orchestrator_cpu_seconds") / seconds) * 100).toFixed(2)} %</b><span>orchestrator's CPU share</span></div>
        ${memory > 0 && html`<div><b>${bytes(memory)}</b><span>trainer's peak memory</span></div>`}</div></div>
    <div class="charts"><div class="card"><figure><figcaption><h3>Tokens sampled a second</h3></figcaption>${lineChart({ label: "Tokens sampled a second", series: [{ name: "run", tone: "plain", line, dots: line }], format: grouped, include: [0] })}</figure></div>
      <div class="card"><figure><figcaption><h3>Seconds a step</h3></figcaption>${lineChart({ label: "Seconds a step", series: [{ name: "run", tone: "plain", line: duration, dots: duration }], format: (value) => String(value), include: [0] })}</figure></div></div>`;
}
