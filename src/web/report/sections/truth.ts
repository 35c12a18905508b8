import type { ReportData } from "../../../app/reports/collect.js";
import type { Share } from "../../../core/analysis/run-totals.js";
import type { PlantedExaminer, PlantedKind } from "../../../core/records/planted.js";
import { grouped, plainNumber } from "../../parts/format.js";
import { html, type Markup } from "../../parts/html.js";

const CANARIES: Readonly<Record<PlantedKind, string>> = {
  wrong_gold: "wrong gold answer planted",
  right_answer: "right answer in another form",
  wrong_answer: "wrong answer close to the right one",
};
const JUDGES: Readonly<Record<PlantedExaminer, string>> = {
  gate: "let through by the pure checks",
  oracle: "taken for right by the oracle",
  verifier: "misjudged by the verifier",
};

/**
 * The section with the accuracy of the gold answers, the planted tasks, and the variety of the
 * questions.
 */
export function truthSection({ truth }: ReportData): Markup {
  const { gold, canaries, telemetry, letters } = truth;
  return html`<h2>Can the answers be trusted?</h2>
    <p class="note">Gold answers against the document's structured facts, which no model ever saw, over the whole run; 95 % Wilson intervals. Of refused proposals that could be read, it shows what the checks removed.</p>
    <div class="card wide"><table>
      <thead><tr><th>Answer type</th><th>proposals</th><th class="n">right</th><th>interval</th><th class="n">judged</th><th class="n">facts say nothing</th></tr></thead>
      <tbody>${gold.map(
        ({ type, side, right, unknown }) =>
          html`<tr><td>${type}</td><td>${side}</td>${shareCells(right)}<td class="n">${grouped(unknown)}</td></tr>`,
      )}</tbody>
    </table></div>
    <p class="note">Canaries: about one judgement in a hundred is planted, and never trained on. A judge that misses them can be fooled.</p>
    <div class="card wide"><table>
      <thead><tr><th>Planted</th><th>failure</th><th class="n">missed</th><th>interval</th><th class="n">planted</th></tr></thead>
      <tbody>${canaries.map(
        ({ kind, judge, missed }) =>
          html`<tr><td>${CANARIES[kind]}</td><td>${JUDGES[judge]}</td>${shareCells(missed)}</tr>`,
      )}</tbody>
    </table></div>
    <h2>How varied were the questions?</h2>
    <div class="card wide"><table>
      <thead><tr><th>Measure</th><th class="n">first third</th><th class="n">last third</th></tr></thead>
      <tbody>${telemetry.map(
        ({ label, meaning, first, last }) =>
          html`<tr><td><h3>${label}</h3><small>${meaning}</small></td><td class="n">${level(first)}</td><td class="n">${level(last)}</td></tr>`,
      )}
      <tr><td><h3>Balance of letters</h3><small>Chi-square of the gold's place among four options: as the Challenger wrote them (in the small prompts always first) and as they were shown. Above 16.27 is chance once in a thousand.</small></td><td class="n">${level(letters.written)} written</td><td class="n">${level(letters.shown)} shown</td></tr></tbody>
    </table></div>`;
}

function shareCells(share: Share | null): Markup {
  if (share === null) return html`<td class="n">–</td><td></td><td class="n">0</td>`;
  return html`<td class="n"><b>${fine(share.share)}</b></td><td>${fine(share.low)} to ${fine(share.high)}</td><td class="n">${grouped(share.n)}</td>`;
}

/** A share in percent with one decimal place, so that 99.6 % is not shown as 100 %. */
const fine = (value: number): string => `${(value * 100).toFixed(1)} %`;

const level = (value: number | null): string => (value === null ? "–" : plainNumber(value));
