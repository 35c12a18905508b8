import type { ReportData } from "../../../app/reports/collect.js";
import { timeSpan } from "../../parts/format.js";
import { html, type Markup } from "../../parts/html.js";
import { WEIGHTS_TEXT } from "../summary.js";

const COLUMNS = [
  ["challenger_reward_mean", "challenger"],
  ["reasoner_reward_mean", "reasoner"],
  ["admitted_share", "admitted"],
  ["learnable_share", "learnable"],
  ["gold_accuracy", "gold"],
  ["asked_entropy_bits", "variety, bits"],
  ["tasks", "tasks"],
  ["grad_norm", "grad norm"],
  ["logprob_gap_mean", "logprob gap"],
  ["policy_version", "version"],
  ["seconds_step", "seconds"],
] as const;

/**
 * The section with the data for a repetition of the run, its configuration, and the metrics of all
 * steps.
 */
export function factsSection({ facts, config, metrics }: ReportData): Markup {
  const rows: (readonly [string, string])[] = [
    ["run", facts.id],
    ["started", facts.createdAt],
    ["model", config.model.id],
    ["trainer", config.trainer.kind],
    ["seed", String(config.seed)],
    ["steps", `${facts.steps} of ${facts.plannedSteps}`],
    ...facts.extensions.map(
      ({ from, to, committed }) => ["extended", `from ${from} to ${to}, after step ${committed}`] as const,
    ),
    ...facts.codeChanges.map(
      ({ committed, files }) => ["own code changed", `after step ${committed}: ${files.join(", ")}`] as const,
    ),
    ...(facts.warmupSeconds === null ? [] : [["warm start", timeSpan(facts.warmupSeconds)] as const]),
    ["policy versions published", String(facts.versions)],
    ["configuration digest", facts.configDigest],
    ["weights digest at the start", facts.startDigest],
    ["final weights digest", facts.policyDigest],
    ["weights", WEIGHTS_TEXT[facts.weights]],
    ...flatten(facts.provenance),
    ...flatten(facts.trainer, "trainer"),
    ...(facts.warmup === null ? [] : flatten(facts.warmup, "warm start")),
  ];
  return html`<h2>Facts</h2>
    <div class="card"><dl class="facts">${rows.map(([name, value]) => value !== "" && html`<dt>${name}</dt><dd class="mono">${value}</dd>`)}</dl>
      <details><summary>configuration</summary><pre>${JSON.stringify(config, null, 2)}</pre></details>
      <details><summary>every step in numbers</summary><div class="scroll"><table class="stack">
        <thead><tr><th>step</th>${COLUMNS.map(([, label]) => html`<th>${label}</th>`)}</tr></thead>
        <tbody>${metrics.map((record) => html`<tr><td data-label="step">${record.step}</td>${COLUMNS.map(([key, label]) => html`<td data-label="${label}">${cell(record[key])}</td>`)}</tr>`)}</tbody>
      </table></div></details></div>`;
}

function cell(value: number | string | null | undefined): string {
  if (value === null || value === undefined) return "–";
  return typeof value === "number" && !Number.isInteger(value) ? value.toPrecision(3) : String(value);
}

/** Converts nested facts to a list of dotted names and values. */
function flatten(value: Readonly<Record<string, unknown>>, prefix = ""): [string, string][] {
  return Object.entries(value).flatMap(([key, member]) => {
    const name = prefix === "" ? key : `${prefix}.${key}`;
    if (typeof member === "object" && member !== null && !Array.isArray(member))
      return flatten(member as Record<string, unknown>, name);
    if (Array.isArray(member) && member.some((one) => typeof one === "object" && one !== null))
      return member.flatMap((one, index) => flatten({ [index]: one }, name));
    return [[name, Array.isArray(member) ? member.join(" ") : String(member)]];
  });
}
