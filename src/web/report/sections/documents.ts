import type { ReportData } from "../../../app/reports/collect.js";
import type { ListedDocument } from "../../../app/reports/listings.js";
import { grouped, percent, plainNumber } from "../../parts/format.js";
import { html, type Markup } from "../../parts/html.js";
import { refusalText } from "../../parts/labels.js";

/** The section with the documents that brought most tasks, and documents that brought none. */
export function documentsSection({ documents }: ReportData): Markup {
  const { played, withTask, most, none } = documents;
  return html`<h2>Which documents brought tasks?</h2>
    <p class="note">${grouped(withTask)} of ${grouped(played)} played documents brought an admitted task.</p>
    ${documentTable("Documents with the most tasks", most)}
    ${documentTable("Documents without a task, most proposals first", none)}`;
}

function documentTable(title: string, documents: readonly ListedDocument[]): Markup {
  if (documents.length === 0) return html``;
  return html`<h3 class="list">${title}</h3>
    <div class="card wide"><table class="stack">
      <thead><tr><th>Document</th><th class="n">tasks</th><th class="n">proposals</th><th class="n">pass rate</th><th class="n">reward</th><th>most refusals</th></tr></thead>
      <tbody>${documents.map(documentRow)}</tbody>
    </table></div>`;
}

function documentRow(one: ListedDocument): Markup {
  const { documentId, title, sourceUri, tasks, proposals, passRate, reward } = one;
  const reason = one.documentRefusal ?? one.mainRefusal;
  return html`<tr><td data-label="document">${title === "" ? documentId : title}${sourceUri !== "" && html`<small class="mono">${sourceUri}</small>`}</td>
    <td class="n" data-label="tasks">${grouped(tasks)}</td><td class="n" data-label="proposals">${grouped(proposals)}</td>
    <td class="n" data-label="pass rate">${passRate === null ? "–" : percent(passRate)}</td><td class="n" data-label="reward">${reward === null ? "–" : plainNumber(reward)}</td>
    <td data-label="most refusals">${reason === null ? "–" : refusalText(reason)}</td></tr>`;
}
