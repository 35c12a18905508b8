import { html, type Markup } from "../html.js";
import { at, linear, ticks } from "./scale.js";

/** Data of a heat map. */
export interface HeatMapOptions {
  /**
   * One entry for each step. `counts` has the number of tasks with 0 to 8 correct attempts of 8.
   */
  readonly steps: readonly { readonly step: number; readonly counts: readonly number[] }[];
  /** Challenger reward at each pass rate, from 0 to 8 of 8; null when it is not known. */
  readonly rewards: readonly number[] | null;
}

const WIDTH = 1060;
const HEIGHT = 286;
const BOX = { left: 46, right: WIDTH - 134, top: 26, bottom: HEIGHT - 38 };
const ROWS = 9;
/** Largest number of columns. Steps of longer runs are joined. */
const COLUMNS = 64;

/**
 * A heat map of the pass rates of tasks over the steps. Each column shows the tasks of a step, and
 * a strong color shows many tasks. A second diagram shows the Challenger reward at each pass rate.
 */
export function heatMap({ steps, rewards }: HeatMapOptions): Markup {
  const columns = pool(steps);
  const width = (BOX.right - BOX.left) / Math.max(1, columns.length);
  const height = (BOX.bottom - BOX.top) / ROWS;
  const top = (row: number) => BOX.bottom - (row + 1) * height;
  const most = Math.max(1e-9, ...columns.flatMap(({ shares }) => shares));
  const first = steps[0]?.step ?? 0;
  const last = steps.at(-1)?.step ?? 0;
  const x = linear([first, last], [BOX.left + width / 2, BOX.right - width / 2]);
  const bar = linear([0, 1], [0, 52]);
  return html`<svg class="heat" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Share of tasks by pass rate, for each step">
    <text class="axis" x="${BOX.left}" y="14">blind attempts that were right</text>
    ${rewards !== null && html`<text class="axis" x="${BOX.right + 14}" y="14">Challenger reward</text>`}
    ${Array.from(
      { length: ROWS },
      (_, row) => html`
      <text class="tick" x="${BOX.left - 8}" y="${at(top(row) + height / 2 + 4)}" text-anchor="end">${row}/8</text>
      ${
        rewards !== null &&
        html`<rect class="reward" x="${BOX.right + 14}" y="${at(top(row) + 5)}" width="${at(bar(Math.max(0, rewards[row] ?? 0)))}" height="${at(height - 10)}" rx="2"/>
      <text class="tick" x="${at(BOX.right + 20 + bar(Math.max(0, rewards[row] ?? 0)))}" y="${at(top(row) + height / 2 + 4)}">${(rewards[row] ?? 0).toFixed(2)}</text>`
      }`,
    )}
    ${columns.map(({ label, shares }, column) => shares.map((share, row) => html`<rect class="cell" x="${at(BOX.left + column * width + 0.5)}" y="${at(top(row) + 0.5)}" width="${at(Math.max(1, width - 1))}" height="${at(height - 1)}" fill-opacity="${(share === 0 ? 0.035 : 0.12 + 0.88 * (share / most)).toFixed(3)}"><title>${label}, ${row}/8 right: ${Math.round(share * 100)} % of tasks</title></rect>`))}
    ${ticks([first, last], 10)
      .filter(Number.isInteger)
      .map(
        (tick) =>
          html`<text class="tick" x="${at(x(tick))}" y="${BOX.bottom + 17}" text-anchor="middle">${tick}</text>`,
      )}
    <text class="axis" x="${BOX.right}" y="${HEIGHT - 5}" text-anchor="end">step</text>
    ${[0, 0.25, 0.5, 0.75, 1].map((level, index) => html`<rect class="cell" x="${BOX.left + index * 22}" y="${HEIGHT - 15}" width="21" height="10" fill-opacity="${(0.12 + 0.88 * level).toFixed(2)}"/>`)}
    <text class="tick" x="${BOX.left + 118}" y="${HEIGHT - 6}">more tasks (strongest: ${Math.round(most * 100)} % of a column)</text>
  </svg>`;
}

function pool(steps: HeatMapOptions["steps"]): { label: string; shares: number[] }[] {
  const size = Math.max(1, Math.ceil(steps.length / COLUMNS));
  const columns: { label: string; shares: number[] }[] = [];
  for (let start = 0; start < steps.length; start += size) {
    const members = steps.slice(start, start + size);
    const counts = Array.from({ length: ROWS }, (_, row) =>
      members.reduce((sum, member) => sum + (member.counts[row] ?? 0), 0),
    );
    const total = counts.reduce((sum, count) => sum + count, 0);
    const [from, to] = [members[0]?.step, members.at(-1)?.step];
    columns.push({
      label: from === to ? `step ${from}` : `steps ${from} to ${to}`,
      shares: counts.map((count) => count / Math.max(1, total)),
    });
  }
  return columns;
}
