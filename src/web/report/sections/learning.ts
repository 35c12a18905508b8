import type { ReportData, SettingDifference } from "../../../app/reports/collect.js";
import { DIRECTION_TEXT, type Direction, directionOf } from "../../../core/analysis/direction.js";
import { type Change, hasDirections, hasIntervals, type Learning } from "../../../core/analysis/learning.js";
import { intervalPlot } from "../../parts/charts/interval.js";
import { percent, plainNumber, signedNumber } from "../../parts/format.js";
import { html, type Markup } from "../../parts/html.js";
import { changeText, NO_INTERVAL } from "../summary.js";

/**
 * The section with the change of each measure from the first to the last third of the run, with
 * intervals, compared with the control.
 */
export function learningSection({ learning, control }: ReportData): Markup {
  const { changes } = learning;
  const reach = Math.max(
    0.1,
    ...changes
      .flatMap(({ change, overControl }) => [change, overControl])
      .flatMap((interval) => (interval === null ? [] : [Math.abs(interval.low), Math.abs(interval.high)])),
  );
  return html`<h2>Did it learn?</h2>
    <p class="note">The last third of the steps, compared with the first third. The 95 % intervals take into account that documents are played more than once.
      ${control !== null && html`<br>Control: <code>${control.id}</code>, ${differencesText(control.differences)}. “Over control” compares the last thirds of both runs.`}</p>
    <div class="card wide"><table class="stack">
      <thead><tr><th>Measure</th><th class="n">first third</th><th class="n">last third</th><th>change</th><th>${axis(reach)}</th>${control !== null && html`<th>over control</th><th>${axis(reach)}</th>`}</tr></thead>
      <tbody>${changes.map((measured) => row(measured, reach, control !== null, learning))}</tbody>
    </table></div>`;
}

type Verdict = Pick<Learning, "verdict">;

function row(measured: Change, reach: number, withControl: boolean, learning: Verdict): Markup {
  const { measure, first, last, change, overControl } = measured;
  const level = (value: number) => (measure.unit === "share" ? percent(value) : plainNumber(value));
  const plot = (one: Change["change"], label: string) =>
    intervalPlot(hasIntervals(learning) ? one : null, reach, label, toneOf(one, learning));
  return html`<tr><td><h3>${measure.label}</h3><small>${measure.meaning}</small></td>
    <td class="n" data-label="first third">${first === null ? "–" : level(first.estimate)}</td><td class="n" data-label="last third">${last === null ? "–" : level(last.estimate)}</td>
    ${difference(change, "change", learning)}<td>${plot(change, `${measure.label}: ${changeText(measured, learning)}`)}</td>
    ${withControl && html`${difference(overControl, "over control", learning)}<td>${plot(overControl, `${measure.label} over control`)}</td>`}</tr>`;
}

/** Classes of the style sheet. */
const TONES: Readonly<Record<Direction, string>> = {
  rose: "up",
  fell: "down",
  unclear: "flat",
  unmeasured: "none",
};

function difference(change: Change["change"], label: string, learning: Verdict): Markup {
  if (change === null) return html`<td class="changed none" data-label="${label}">–</td>`;
  const interval = hasIntervals(learning)
    ? `${signedNumber(change.low)} to ${signedNumber(change.high)}`
    : NO_INTERVAL;
  const words = hasDirections(learning) && html`<small>${DIRECTION_TEXT[directionOf(change)]}</small>`;
  return html`<td class="changed ${toneOf(change, learning)}" data-label="${label}">${signedNumber(change.estimate)}<small>${interval}</small>${words}</td>`;
}

/** Without directions, a change has the color of a change that is not clear. */
function toneOf(change: Change["change"], learning: Verdict): string {
  return TONES[change === null || hasDirections(learning) ? directionOf(change) : "unclear"];
}

const axis = (reach: number): Markup =>
  html`<span style="display:flex;justify-content:space-between;width:190px"><span>${signedNumber(-reach)}</span><span>0</span><span>${signedNumber(reach)}</span></span>`;

/** The settings in which the two runs differ, without their names. */
function differencesText(differences: readonly SettingDifference[]): Markup {
  const real = differences.filter(({ path }) => path !== "name");
  if (real.length === 0) return html`with the same settings`;
  return html`which differs in ${real.map(({ path, run, control }, index) => html`${index > 0 && ", "}<code>${path}</code> (${JSON.stringify(run)} here, ${JSON.stringify(control)} there)`)}`;
}
