import type { ReportData } from "../../../app/reports/collect.js";
import type { StepMetrics } from "../../../core/records/metrics.js";
import { lineChart } from "../../parts/charts/line-chart.js";
import { bytes, grouped, percent, timeSpan } from "../../parts/format.js";
import { html, type Markup } from "../../parts/html.js";

const PARTS = [
  { key: "seconds_sample", label: "sampling, checking and verifying", color: "var(--challenger)" },
  { key: "seconds_train", label: "training", color: "var(--reasoner)" },
  { key: "seconds_publish", label: "publishing weights", color: "var(--plain)" },
] as const;

/** The section with the time of each part of the run, and the speed. */
export function costSection({ metrics, facts }: ReportData): Markup {
  const total = (key: string) => metrics.reduce((sum, record) => sum + Number(record[key] ?? 0), 0);
  const seconds = total("seconds_step");
  if (seconds === 0) return html``;
  const parts = PARTS.map((part) => ({ ...part, seconds: total(part.key) }));
  const memory = Math.max(0, ...metrics.map((record) => Number(record["trainer_peak_memory_bytes"] ?? 0)));
  const rate = (record: StepMetrics) =>
    Number(record["sampled_completion_tokens"] ?? 0) / Math.max(1e-9, Number(record["seconds_sample"] ?? 0));
  const line = metrics.map((record) => ({ step: record.step, value: rate(record) }));
  const duration = metrics.map((record) => ({
    step: record.step,
    value: Number(record["seconds_step"] ?? 0),
  }));
  return html`<h2>Cost</h2>
    <div class="card"><h3>Time of each part</h3>
      <div class="split" role="img" aria-label="${parts.map((part) => `${part.label} ${percent(part.seconds / seconds)}`).join(", ")}">${parts.map((part) => html`<span style="width:${((part.seconds / seconds) * 100).toFixed(2)}%;background:${part.color}"></span>`)}</div>
      <p class="legend">${parts.map((part) => html`<span style="--tone:${part.color}"><i></i>${part.label} ${percent(part.seconds / seconds)}, ${timeSpan(part.seconds)}</span>`)}</p>
      <div class="tiles"><div><b>${timeSpan(seconds / Math.max(1, metrics.length))}</b><span>a step</span></div>
        <div><b>${grouped(total("sampled_completion_tokens") / Math.max(1e-9, total("seconds_sample")))}</b><span>tokens/s sampled</span></div>
        <div><b>${grouped(total("trained_tokens") / Math.max(1e-9, total("seconds_train")))}</b><span>tokens/s trained</span></div>
        <div><b>${((total("orchestrator_cpu_seconds") / seconds) * 100).toFixed(2)} %</b><span>orchestrator's CPU share</span></div>
        ${facts.warmupSeconds !== null && html`<div><b>${timeSpan(facts.warmupSeconds)}</b><span>warm start, before step 1</span></div>`}
        ${memory > 0 && html`<div><b>${bytes(memory)}</b><span>trainer's peak memory</span></div>`}</div></div>
    <div class="charts"><div class="card"><figure><figcaption><h3>Tokens sampled a second</h3></figcaption>${lineChart({ label: "Tokens sampled a second", series: [{ name: "run", tone: "plain", line, dots: line }], format: grouped, include: [0] })}</figure></div>
      <div class="card"><figure><figcaption><h3>Seconds a step</h3></figcaption>${lineChart({ label: "Seconds a step", series: [{ name: "run", tone: "plain", line: duration, dots: duration }], format: (value) => String(value), include: [0] })}</figure></div></div>`;
}
