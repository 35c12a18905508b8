import type { ReportData } from "../../../app/reports/collect.js";
import type { ListedTask } from "../../../app/reports/listings.js";
import type { SampleTask } from "../../../core/analysis/samples.js";
import type { Attempt } from "../../../core/records/episode.js";
import { percent, plainNumber } from "../../parts/format.js";
import { html, type Markup } from "../../parts/html.js";

/** Number of characters of the document that are shown before and after the evidence. */
const CONTEXT = 900;

/**
 * The section with example tasks: the document with its marked evidence, and the answers with and
 * without the document.
 */
export function tasksSection({ samples, tasks }: ReportData): Markup {
  if (samples.length === 0) return html`<h2>Tasks</h2><p class="note">No task was admitted in this run.</p>`;
  return html`<h2>Tasks</h2>
    <p class="note">Tasks from the beginning, the middle and the end of the run: each time a medium, an easy and a hard task, which a fixed rule picks. The evidence is marked in the document. The Reasoner does not see the document in its blind attempts.</p>
    ${samples.map(taskCard)}
    ${listTable("Tasks with the highest reward", tasks.best)}
    ${listTable("Tasks with a wrong gold or the lowest reward", tasks.worst)}`;
}

function listTable(title: string, listed: readonly ListedTask[]): Markup {
  if (listed.length === 0) return html``;
  return html`<h3 class="list">${title}</h3>
    <div class="card wide"><table class="stack">
      <thead><tr><th>Document</th><th>question and gold answer</th><th class="n">pass rate</th><th class="n">reward</th><th class="n">step</th></tr></thead>
      <tbody>${listed.map(
        (one) =>
          html`<tr><td data-label="document">${one.title === "" ? one.documentId : one.title}</td><td data-label="task">${one.task.question}<small>${one.task.answer}${one.wrong.length > 0 && `; wrong: ${one.wrong.join(", ")}`}${one.gold === "wrong" && "; the facts say: wrong"}</small></td>
          <td class="n" data-label="pass rate">${one.passRate === null ? "–" : percent(one.passRate)}</td><td class="n" data-label="reward">${one.reward === null ? "–" : plainNumber(one.reward)}</td><td class="n" data-label="step">${one.step}</td></tr>`,
      )}</tbody>
    </table></div>`;
}

function taskCard(sample: SampleTask): Markup {
  const { step, title, sourceUri, task, passRate, reward, gold, attempts, openBook } = sample;
  const right = attempts.filter(({ verdict }) => verdict === "correct").length;
  const graded = attempts.filter(({ verdict }) => verdict !== "infrastructure").length;
  return html`<article class="card task">
    <header><b>step ${step}</b><span>${right} of ${graded} blind attempts right</span>${reward !== null && html`<span>Challenger reward ${reward.toFixed(2)}</span>`}
      ${gold !== null && gold !== "unknown" && html`<span class="${gold}">gold ${gold}, by the document's facts</span>`}<span>${title}</span></header>
    <div class="cols"><div>${documentText(sample)}${sourceUri !== "" && html`<p class="note mono">${sourceUri}</p>`}</div>
      <div><p class="question">${task.question}</p>
        ${
          task.shuffled.length > 0
            ? html`<ul class="options">${task.shuffled.map((option, index) => html`<li class="${option === task.answer && "gold"}">${"ABCDEFGH"[index] ?? "?"}. ${option}${option === task.answer && " ✓"}</li>`)}</ul>`
            : html`<p class="options"><span class="label">gold answer (${task.answerType})</span> <span class="gold">${task.answer}</span></p>`
        }
        <p class="label">Blind attempts, pass rate ${Math.round(passRate * 100)} %</p>${chips(attempts)}
        ${openBook.length > 0 && html`<p class="label">Open-book check, with the document</p>${chips(openBook)}`}
      </div></div></article>`;
}

function chips(attempts: readonly Attempt[]): Markup {
  const sign = { correct: "✓", wrong: "✗", unparsable: "?", infrastructure: "–" } as const;
  return html`<ul class="chips">${attempts.map(({ verdict, text, answer }) => html`<li class="${verdict}" title="${text}">${sign[verdict]} ${answer ?? verdict}</li>`)}</ul>`;
}

function documentText({ text, evidence }: SampleTask): Markup {
  if (evidence === null)
    return html`<div class="doc">${text.slice(0, 2 * CONTEXT)}${text.length > 2 * CONTEXT && " …"}</div>`;
  const start = Math.max(0, evidence.start - CONTEXT);
  const end = Math.min(text.length, evidence.end + CONTEXT);
  return html`<div class="doc">${start > 0 && "… "}${text.slice(start, evidence.start)}<mark>${text.slice(evidence.start, evidence.end)}</mark>${text.slice(evidence.end, end)}${end < text.length && " …"}</div>`;
}
