import { html, type Markup } from "../html.js";
import { at, linear, niceDomain, ticks } from "./scale.js";

/** A curve with its band and its points. */
export interface Series {
  readonly name: string;
  /** CSS class with the color: `challenger`, `reasoner`, `plain` or `control`. */
  readonly tone: string;
  readonly line: readonly {
    readonly step: number;
    readonly value: number;
    readonly low?: number;
    readonly high?: number;
  }[];
  readonly dots: readonly { readonly step: number; readonly value: number }[];
}

/** Data and axes of a line chart. */
export interface LineChartOptions {
  /** Text for screen readers: the subject of the chart. */
  readonly label: string;
  readonly series: readonly Series[];
  readonly format: (value: number) => string;
  /** Values that the vertical axis must contain. */
  readonly include: readonly number[];
  /**
   * The ends of a band outside this range are shown at its edge. Bands of shares end at 0 and 1.
   */
  readonly clamp?: readonly [number, number];
}

const WIDTH = 520;
const HEIGHT = 230;
const BOX = { left: 46, right: WIDTH - 10, top: 10, bottom: HEIGHT - 36 };

/**
 * A chart of curves with bands over the steps. script.ts reads `data-series` and shows the values
 * of a step under the pointer.
 */
export function lineChart({ label, series, format, include, clamp }: LineChartOptions): Markup {
  const clamped = (value: number) =>
    clamp === undefined ? value : Math.min(clamp[1], Math.max(clamp[0], value));
  const values = series.flatMap(({ line, dots }) => [
    ...line.flatMap(({ value, low, high }) => [value, clamped(low ?? value), clamped(high ?? value)]),
    ...dots.map(({ value }) => value),
  ]);
  const steps = series.flatMap(({ line, dots }) => [...line, ...dots].map(({ step }) => step));
  const xDomain = [Math.min(...steps), Math.max(...steps)] as const;
  const yDomain = niceDomain([...values, ...include], 4);
  const x = linear(xDomain, [BOX.left, BOX.right]);
  const y = linear(yDomain, [BOX.bottom, BOX.top]);
  const hover = series.map(({ name, line }) => ({
    name,
    points: line.map(({ step, value }) => [step, format(value), at(y(value))]),
  }));
  return html`<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}"
    data-x="${JSON.stringify([...xDomain, BOX.left, BOX.right, BOX.top, BOX.bottom])}" data-series="${JSON.stringify(hover)}">
    ${ticks(yDomain, 4).map(
      (
        tick,
      ) => html`<line class="${tick === 0 ? "zero" : "grid"}" x1="${BOX.left}" x2="${BOX.right}" y1="${at(y(tick))}" y2="${at(y(tick))}"/>
      <text class="tick" x="${BOX.left - 8}" y="${at(y(tick) + 4)}" text-anchor="end">${format(tick)}</text>`,
    )}
    ${wholeTicks(xDomain).map((tick) => html`<text class="tick" x="${at(x(tick))}" y="${BOX.bottom + 17}" text-anchor="middle">${tick}</text>`)}
    <text class="axis" x="${BOX.right}" y="${HEIGHT - 4}" text-anchor="end">step</text>
    ${series.toReversed().map(
      ({ tone, line, dots }) => html`<g class="tone-${tone}">
      <path class="band" d="${band(line, x, (value) => y(clamped(value)))}"/>
      ${dots.map(({ step, value }) => html`<circle class="dot" cx="${at(x(step))}" cy="${at(y(value))}" r="2"/>`)}
      <path class="line" d="${path(line.map(({ step, value }) => [x(step), y(value)]))}"/>
    </g>`,
    )}
    <line class="cursor" y1="${BOX.top}" y2="${BOX.bottom}"/>
  </svg>`;
}

function wholeTicks(domain: readonly [number, number]): number[] {
  const whole = ticks(domain, 7).filter(Number.isInteger);
  return whole.length > 0 ? whole : [domain[0]];
}

function path(points: readonly (readonly [number, number])[]): string {
  return points.map(([px, py], index) => `${index === 0 ? "M" : "L"}${at(px)} ${at(py)}`).join("");
}

function band(line: Series["line"], x: (value: number) => number, y: (value: number) => number): string {
  const upper = line.map(({ step, value, high }) => [x(step), y(high ?? value)] as const);
  const lower = line.map(({ step, value, low }) => [x(step), y(low ?? value)] as const);
  return upper.length < 2 ? "" : `${path([...upper, ...lower.reverse()])}Z`;
}
