import type { Estimate } from "../../../core/statistics/clustered.js";
import { html, type Markup } from "../html.js";
import { at, linear } from "./scale.js";

const WIDTH = 190;
const HEIGHT = 26;

/**
 * An estimate as a dot on its 95 % interval, with a line at zero. All intervals of a table have the
 * same axis, from -`reach` to `reach`.
 *
 * @param tone class of the style sheet that gives the color
 */
export function intervalPlot(estimate: Estimate | null, reach: number, label: string, tone: string): Markup {
  const x = linear([-reach, reach], [6, WIDTH - 6]);
  const inside = (value: number) => x(Math.max(-reach, Math.min(reach, value)));
  return html`<svg class="interval ${tone}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">
    <line class="zero" x1="${at(x(0))}" x2="${at(x(0))}" y1="2" y2="${HEIGHT - 2}"/>
    ${
      estimate !== null &&
      html`<line class="whisker" x1="${at(inside(estimate.low))}" x2="${at(inside(estimate.high))}" y1="13" y2="13"/>
      <circle class="estimate" cx="${at(inside(estimate.estimate))}" cy="13" r="4.5"/>`
    }
  </svg>`;
}
