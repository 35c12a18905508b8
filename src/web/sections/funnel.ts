import type { Refusal } from "../../core/task.js";
import type { ReportData } from "../collect.js";
import { grouped, percent } from "../format.js";
import { html, type Markup } from "../html.js";

/** What each refusal means, in a few words. */
const REASONS: Readonly<Record<Refusal, string>> = {
  truncated: "cut off at the token limit",
  unparsable: "not in the asked form",
  missing_field: "a part is missing",
  bad_type: "answer of the wrong type",
  too_long: "too long",
  options_count: "not four options",
  options_duplicate: "two options alike",
  options_without_answer: "answer not among the options",
  options_unusable: "options that cannot be told apart or used",
  document_licence: "licence of the document not allowed",
  document_opted_out: "document opted out of training",
  document_hidden_text: "document hides text",
  document_instructions: "document speaks to the model",
  document_secret: "document holds a secret",
  document_personal_data: "document holds personal data",
  document_quality: "document unfit to ask about",
  evidence_missing: "answer not in the document",
  off_focus: "answer outside the passage that was asked about",
  options_unlike: "options of another kind than the answer",
  options_length: "answer is the one long option",
  options_pattern: "answer stands out among the numbers",
  options_verbatim: "answer is the only option in the document",
  options_two_right: "a second option is right",
  subject_missing: "subject not named",
  document_reference: "speaks of “the text”",
  dangling_deixis: "points at nothing (“this country”)",
  answer_leak: "question gives the answer away",
  answer_kind: "answer is not what was asked for",
  not_derivable: "answer does not follow from its evidence",
  evidence_elsewhere: "evidence is another line than was asked about",
  ambiguous: "document holds a second answer",
  instructions: "speaks to the model",
  secret: "holds a secret",
  personal_data: "holds personal data",
  contaminated: "repeats an evaluation item",
  duplicate: "asked before",
  same_fact: "answer of this document asked for before",
  near_duplicate: "asked before in other words",
  over_cap: "document or answer used too often",
  open_book_failed: "not answerable with the document",
  infrastructure: "lost by the engine",
};

/** From written proposals to tasks: what each check took, early and late in the run, with examples. */
export function funnelSection({ funnel: { proposals, admitted, refusals } }: ReportData): Markup {
  const share = (count: number) => `${((count / Math.max(1, proposals)) * 100).toFixed(2)}%`;
  let left = proposals;
  const rows = refusals
    .filter((one) => one.count > 0)
    .map(({ reason, count, early, late, examples }) => {
      left -= count;
      return html`<div>${REASONS[reason]}</div>
        <div class="bar" role="img" aria-label="${count} refused, ${left} left"><span class="kept" style="width:${share(left)}"></span><span class="lost" style="width:${share(count)}"></span></div>
        <div class="n">−${grouped(count)}</div><div class="n note trend">${percent(early)} → ${percent(late)}</div>
        ${
          examples.length > 0 &&
          html`<details><summary>${examples.length === 1 ? "example" : `${examples.length} examples`} of <code>${reason}</code></summary><div class="examples">
          ${examples.map((one) => html`<div><p class="note">Step ${one.step}. ${one.detail}</p><pre>${clip(one.text)}</pre></div>`)}</div></details>`
        }`;
    });
  return html`<h2>From proposals to tasks</h2>
    <p class="note">Checks in the order they are made; hatched is what a check refused. The last column is a check's share of all proposals in the first and in the last third of the run.</p>
    <div class="card funnel">
      <div class="head">check</div><div class="head">proposals left</div><div class="head n">refused</div><div class="head n trend">early → late</div>
      <div>written</div><div class="bar"><span class="kept" style="width:100%"></span></div><div class="n">${grouped(proposals)}</div><div class="trend"></div>
      ${rows}
      <div><b>admitted</b></div><div class="bar"><span class="last" style="width:${share(admitted)}"></span></div><div class="n"><b>${grouped(admitted)}</b></div><div class="n note trend">${percent(admitted / Math.max(1, proposals))} of all</div>
    </div>`;
}

const clip = (text: string): string => (text.length > 700 ? `${text.slice(0, 700)} …` : text);
