import type { ReportData } from "../../app/reports/collect.js";
import { grouped, timeSpan } from "../parts/format.js";
import { html, Markup } from "../parts/html.js";
import { STYLE } from "../parts/style.js";
import { SCRIPT } from "./script.js";
import { costSection } from "./sections/cost.js";
import { curvesSection } from "./sections/curves.js";
import { documentsSection } from "./sections/documents.js";
import { factsSection } from "./sections/facts.js";
import { funnelSection } from "./sections/funnel.js";
import { learningSection } from "./sections/learning.js";
import { tasksSection } from "./sections/tasks.js";
import { truthSection } from "./sections/truth.js";
import { adviceText } from "./summary.js";

/** Stands in every report. A file with this text may be replaced by a new report. */
export const MADE_BY = "Made by <code>spice runs report</code>";

/**
 * Renders the report as one HTML document. The page loads no other files, and its content security
 * policy forbids it.
 */
export function renderReport(data: ReportData): string {
  const { facts, learning } = data;
  const tiles: readonly (readonly [string, string])[] = [
    [grouped(facts.steps), "steps"],
    [grouped(facts.documents), "documents"],
    [grouped(facts.proposals), "proposals"],
    [grouped(facts.tasks), "tasks admitted"],
    [grouped(facts.attempts), "blind attempts"],
    [timeSpan(facts.seconds), "of self-play"],
  ];
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${facts.name}: SPICE run report</title>
<style>${new Markup(STYLE)}</style>
</head>
<body><main>
<div class="top"><div><h1>${facts.name}<span class="pill ${facts.state}">${facts.state}</span></h1><p class="note mono">${facts.id}</p></div><button class="theme" type="button">light / dark</button></div>
${facts.detail !== "" && html`<p class="note">${facts.state}: ${facts.detail}</p>`}
<div class="card verdict ${learning.verdict}"><p>${learning.sentence}</p></div>
${facts.steps > 0 && facts.trainedSteps === 0 && html`<ul>${data.advice.map((one) => html`<li>${adviceText(one)}</li>`)}</ul>`}
<div class="tiles">${tiles.map(([value, label]) => html`<div><b>${value}</b><span>${label}</span></div>`)}</div>
${facts.steps === 0 ? html`<p class="note">Curves, tasks and costs are shown after the first step. <code>spice train --resume ${facts.id}</code> goes on with the run.</p>` : body(data)}
${factsSection(data)}
<footer>${new Markup(MADE_BY)} from the run directory alone.</footer>
</main><script>${new Markup(SCRIPT)}</script></body>
</html>
`;
  return page.text;
}

function body(data: ReportData): Markup {
  return html`${learningSection(data)}${curvesSection(data)}${truthSection(data)}${funnelSection(data)}${tasksSection(data)}${documentsSection(data)}${costSection(data)}`;
}
