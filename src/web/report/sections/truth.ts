import type { ReportData } from "../../../app/reports/collect.js";
import type { Share } from "../../../core/analysis/run-totals.js";
import type { PlantedExaminer, PlantedKind } from "../../../core/records/planted.js";
import { grouped, plainNumber } from "../../parts/format.js";
import { html, type Markup } from "../../parts/html.js";

/** Labels of the kinds of planted tasks. */
const PLANTED: Readonly<Record<PlantedKind, string>> = {
  wrong_gold: "wrong gold answer planted",
  right_answer: "right answer in another form",
  wrong_answer: "wrong answer close to the right one",
};
/** Meaning of a miss, by the examiner that is tested. */
const MISSES: Readonly<Record<PlantedExaminer, string>> = {
  gate: "admitted by the checks without the model",
  oracle: "confirmed by the oracle",
  verifier: "wrong verdict of the verifier",
};

/**
 * The section with the accuracy of the gold answers, the planted tasks, and the variety of the
 * questions.
 */
export function truthSection({ truth }: ReportData): Markup {
  const { gold, canaries, telemetry, letters } = truth;
  return html`<h2>Can the answers be trusted?</h2>
    <p class="note">The gold answers of the whole run, compared with the oracle: the structured facts of the document, which no model sees. The intervals are 95 % Wilson intervals. The rows of refused proposals show what the checks removed.</p>
    <div class="card wide"><table class="stack">
      <thead><tr><th>Answer type</th><th>proposals</th><th class="n">right</th><th>interval</th><th class="n">known to the oracle</th><th class="n">unknown</th></tr></thead>
      <tbody>${gold.map(
        ({ type, side, right, unknown }) =>
          html`<tr><td data-label="answer type">${type}</td><td data-label="proposals">${side}</td>${shareCells(right, "right", "known to the oracle")}<td class="n" data-label="unknown">${grouped(unknown)}</td></tr>`,
      )}</tbody>
    </table></div>
    <p class="note">Planted tasks have a known right outcome. About one task in a hundred is planted, to test the checks, the verifier and the oracle. The model is never trained on them. A miss is a wrong result on a planted task.</p>
    <div class="card wide"><table class="stack">
      <thead><tr><th>Planted task</th><th>meaning of a miss</th><th class="n">missed</th><th>interval</th><th class="n">planted</th></tr></thead>
      <tbody>${canaries.map(
        ({ kind, judge, missed }) =>
          html`<tr><td data-label="planted task">${PLANTED[kind]}</td><td data-label="meaning of a miss">${MISSES[judge]}</td>${shareCells(missed, "missed", "planted")}</tr>`,
      )}</tbody>
    </table></div>
    <h2>How varied were the questions?</h2>
    <div class="card wide"><table class="stack">
      <thead><tr><th>Measure</th><th class="n">first third</th><th class="n">last third</th></tr></thead>
      <tbody>${telemetry.map(
        ({ label, meaning, first, last }) =>
          html`<tr><td><h3>${label}</h3><small>${meaning}</small></td><td class="n" data-label="first third">${level(first)}</td><td class="n" data-label="last third">${level(last)}</td></tr>`,
      )}
      <tr><td><h3>Balance of letters</h3><small>Chi-square of the place of the gold answer among four options: as the Challenger wrote them (always first with the small prompts) and as they are shown. By chance, one value in a thousand is above 16.27.</small></td><td class="n" data-label="written">${level(letters.written)} written</td><td class="n" data-label="shown">${level(letters.shown)} shown</td></tr></tbody>
    </table></div>`;
}

/**
 * Three cells: the share, its interval, and the number of cases.
 *
 * @param part name of the share; @param whole name of the number of cases
 */
function shareCells(share: Share | null, part: string, whole: string): Markup {
  if (share === null)
    return html`<td class="n" data-label="${part}">–</td><td></td><td class="n" data-label="${whole}">0</td>`;
  return html`<td class="n" data-label="${part}"><b>${fine(share.share)}</b></td><td data-label="interval">${fine(share.low)} to ${fine(share.high)}</td><td class="n" data-label="${whole}">${grouped(share.n)}</td>`;
}

/** A share in percent with one decimal place, so that 99.6 % is not shown as 100 %. */
const fine = (value: number): string => `${(value * 100).toFixed(1)} %`;

const level = (value: number | null): string => (value === null ? "–" : plainNumber(value));
