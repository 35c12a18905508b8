import type { ReportData } from "../../../app/reports/collect.js";
import { MEASURES, type Measure } from "../../../core/analysis/measures.js";
import { challengerReward } from "../../../core/game/rewards/rewards.js";
import { heatMap } from "../../parts/charts/heat-map.js";
import { lineChart, type Series } from "../../parts/charts/line-chart.js";
import { percent, plainNumber } from "../../parts/format.js";
import { html, type Markup } from "../../parts/html.js";

const TONES: Readonly<Record<Measure["key"], string>> = {
  challengerReward: "challenger",
  admittedShare: "challenger",
  learnableShare: "plain",
  reasonerReward: "reasoner",
  goldAccuracy: "plain",
  newQuestions: "plain",
};

/** The section with the curves of all measures, and with the pass rates of the tasks. */
export function curvesSection(data: ReportData): Markup {
  const window = data.curves.challengerReward.run.window;
  const { reward } = data.config;
  // The formula of a module is not at hand: the page is made from the run directory alone.
  const rewards =
    reward.kind === "own"
      ? null
      : Array.from({ length: 9 }, (_, right) =>
          challengerReward({ blind: { correct: right, graded: 8 }, open: { correct: 1, graded: 1 } }, reward),
        );
  return html`<h2>Over the run</h2>
    <p class="note">A dot is a step. A line is the mean over ${2 * window + 1} steps, with its 95 % interval. The curves begin after the warm start, if the run has one.</p>
    ${data.control !== null && html`<p class="legend"><span class="tone-challenger"><i></i>this run</span><span class="tone-control"><i></i>control</span></p>`}
    <div class="charts">${MEASURES.map((measure) => figure(measure, data))}</div>
    <h2>How hard were the tasks?</h2>
    <p class="note">Number of correct blind attempts on the admitted tasks of each step. ${reward.kind === "own" ? "The reward is the user's own." : "The Challenger earns most for a medium pass rate."}</p>
    <div class="card"><figure>${heatMap({ steps: data.passRates, rewards })}</figure></div>`;
}

function figure({ key, label, meaning, unit }: Measure, { curves, control }: ReportData): Markup {
  const { run, control: other } = curves[key];
  const series: Series[] = [{ name: "run", tone: TONES[key], line: run.points, dots: run.steps }];
  if (control !== null && other !== null)
    series.push({ name: "control", tone: "control", line: other.points, dots: [] });
  const empty = run.points.length === 0;
  return html`<div class="card"><figure><figcaption><h3>${label}</h3><span class="note">${meaning}</span></figcaption>
    ${
      empty
        ? html`<p class="note">Not measured in this run.</p>`
        : lineChart({
            label: `${label} over the steps`,
            series,
            format: unit === "share" ? percent : (value) => plainNumber(value),
            include: unit === "share" ? [0, 1] : [0],
            ...(unit === "share" ? { clamp: [0, 1] as const } : {}),
          })
    }</figure></div>`;
}
