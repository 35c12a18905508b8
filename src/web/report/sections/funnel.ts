import type { ReportData } from "../../../app/reports/collect.js";
import { labelsOf } from "../../../core/records/own-code.js";
import { grouped, percent } from "../../parts/format.js";
import { html, type Markup } from "../../parts/html.js";
import { refusalText } from "../../parts/labels.js";

/**
 * The section with the refusals of each check, in the first and the last third of the run, with
 * examples.
 */
export function funnelSection({ funnel: { proposals, admitted, refusals }, facts }: ReportData): Markup {
  const labels = labelsOf(facts.provenance["ownCode"], ...facts.codeChanges.map(({ modules }) => modules));
  const share = (count: number) => `${((count / Math.max(1, proposals)) * 100).toFixed(2)}%`;
  let left = proposals;
  const rows = refusals
    .filter(({ count }) => count > 0)
    .map(({ reason, count, early, late, examples }) => {
      left -= count;
      return html`<div>${refusalText(reason, labels)}</div>
        <div class="bar" role="img" aria-label="${count} refused, ${left} left"><span class="kept" style="width:${share(left)}"></span><span class="lost" style="width:${share(count)}"></span></div>
        <div class="n">−${grouped(count)}</div><div class="n note trend">${percent(early)} → ${percent(late)}</div>
        ${
          examples.length > 0 &&
          html`<details><summary>${examples.length === 1 ? "example" : `${examples.length} examples`} of <code>${reason}</code></summary><div class="examples">
          ${examples.map(({ step, detail, text }) => html`<div><p class="note">Step ${step}. ${detail}</p><pre>${clip(text)}</pre></div>`)}</div></details>`
        }`;
    });
  return html`<h2>From proposals to tasks</h2>
    <p class="note">Checks in their order. The hatched part of a bar shows the proposals that the check refused. The last column is the share of all proposals that the check refused, in the first and in the last third of the run.</p>
    <div class="card funnel">
      <div class="head">check</div><div class="head">proposals left</div><div class="head n">refused</div><div class="head n trend">early → late</div>
      <div>written</div><div class="bar"><span class="kept" style="width:100%"></span></div><div class="n">${grouped(proposals)}</div><div class="trend"></div>
      ${rows}
      <div><b>admitted</b></div><div class="bar"><span class="last" style="width:${share(admitted)}"></span></div><div class="n"><b>${grouped(admitted)}</b></div><div class="n note trend">${percent(admitted / Math.max(1, proposals))} of all</div>
    </div>`;
}

const clip = (text: string): string => (text.length > 700 ? `${text.slice(0, 700)} …` : text);
