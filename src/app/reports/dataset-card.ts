import { counted } from "../../core/text/counted.js";
import type { DatasetForm } from "../ports/dataset.js";
import type { ExportCounts } from "./export-tasks.js";

/** What a card says beside the counts. */
export interface CardFacts {
  /** Name of the dataset. */
  readonly name: string;
  readonly form: DatasetForm;
  /** Id of the run, number of its steps, and SHA-256 of its configuration, hex. */
  readonly run: string;
  readonly steps: number;
  readonly configDigest: string;
  /** Model that wrote and answered the tasks, as the trainer named it. */
  readonly model: string;
  /** Id of the corpus snapshot, hex; null when the run does not know it. */
  readonly snapshot: string | null;
  /** Version of this program. */
  readonly version: string;
  /** How to use the form: Markdown, one or more paragraphs. */
  readonly usage: string;
  readonly counts: ExportCounts;
}

/** Sources that the card lists. */
const SOURCES_SHOWN = 20;

/**
 * The card of a dataset, `README.md`: a head in YAML that dataset hubs read, where the tasks come
 * from, their licenses and counts, the columns, and what the tasks are not good for.
 */
export function datasetCard(facts: CardFacts): string {
  const { name, form, run, steps, configDigest, model, snapshot, version, usage, counts } = facts;
  return [
    head(facts),
    `# ${oneLine(name)}`,
    `${counted(counts.tasks, "question-answer task")} that a language model wrote about real documents in self-play (SPICE, arXiv 2510.24684). The same model tried to answer each task without the document; \`pass_rate\` is its success.`,
    "## Use",
    usage,
    "## Origin",
    [
      `- Run: \`${oneLine(run)}\`, ${counted(steps, "step")}; SHA-256 of its configuration \`${configDigest}\``,
      `- Model: ${oneLine(model)}`,
      `- Corpus snapshot: ${snapshot === null ? "unknown" : `\`${snapshot}\``}`,
      `- Written by spice-orchestrator ${version}, form \`${form}\``,
    ].join("\n"),
    "## Licenses of the documents",
    "Each row names the license of its document (`license`), as the source states it. A task quotes its document: the license of the document holds for the row. A row without a license has an unknown one, so ask the owner of the document before you publish the row.",
    tableOf("license", counts.licenses),
    "## Counts",
    tableOf("answer type", counts.types),
    tableOf("language", counts.languages),
    tableOf("verdict of the facts about the gold answer", counts.golds),
    tableOf("source", counts.sources),
    leftOut(counts),
    "## Columns",
    COLUMNS.map(([column, meaning]) => `- \`${column}\`: ${meaning}`).join("\n"),
    "## Limits",
    "The gold answers are the answers of a model. Checks compared them with the documents. Where a document has facts, `gold` is the verdict of the facts; elsewhere it is unknown. The tasks are as hard as they were for the model of the run.",
  ]
    .join("\n\n")
    .concat("\n");
}

function head({ name, form, counts }: CardFacts): string {
  const languages = Object.keys(counts.languages).filter((one) => /^[a-z]{2,3}$/.test(one));
  const files = form === "jsonl" ? "tasks.jsonl" : form === "parquet" ? "tasks.parquet" : null;
  return [
    "---",
    `pretty_name: ${JSON.stringify(oneLine(name))}`,
    ...licenseLines(counts.licenses),
    ...(languages.length > 0 ? ["language:", ...languages.map((one) => `- ${one}`)] : []),
    "task_categories:",
    "- question-answering",
    "tags:",
    "- self-play",
    "- synthetic",
    ...(files === null ? [] : ["configs:", "- config_name: default", `  data_files: ${files}`]),
    "---",
  ].join("\n");
}

/** Licenses that dataset hubs know by these names. Another license needs a name of its own. */
const KNOWN =
  /^(?:cc0-1\.0|cc-by(?:-(?:sa|nc|nd|nc-sa|nc-nd))?-[234]\.\d|mit|apache-2\.0|bsd-[23]-clause|gpl-[23]\.0|gfdl|odc-by|pddl|unlicense)$/;

function licenseLines(licenses: Readonly<Record<string, number>>): string[] {
  const [only, ...more] = Object.keys(licenses).map((one) => one.toLowerCase());
  if (only === undefined || only === "" || more.length > 0)
    return ["license: other", "license_name: licenses-of-the-documents"];
  if (KNOWN.test(only)) return [`license: ${only}`];
  const slug = only.replaceAll(/[^a-z0-9.]+/g, "-").replaceAll(/^-+|-+$/g, "");
  return ["license: other", `license_name: ${slug === "" ? "license-of-the-documents" : slug}`];
}

function tableOf(what: string, counts: Readonly<Record<string, number>>): string {
  const rows = Object.entries(counts).sort(([a, left], [b, right]) => right - left || (a < b ? -1 : 1));
  const shown = rows.slice(0, SOURCES_SHOWN);
  const more = rows.slice(SOURCES_SHOWN);
  const rest = more.reduce((sum, [, count]) => sum + count, 0);
  return [
    `| ${what} | rows |`,
    "| --- | --- |",
    ...shown.map(([value, count]) => `| ${value === "" ? "unknown" : cell(value)} | ${count} |`),
    ...(more.length > 0 ? [`| ${more.length} more | ${rest} |`] : []),
  ].join("\n");
}

function leftOut({ repeats, wrongGold, withoutDocument }: ExportCounts): string {
  return `Left out: ${counted(repeats, "repeat")}, ${counted(wrongGold, "task")} whose gold answer the facts of the document contradict, ${counted(withoutDocument, "task")} whose document the corpus does not have.`;
}

/** A text of a document in a cell of a table. */
const cell = (value: string): string => oneLine(value).replaceAll("|", "\\|");
const oneLine = (value: string): string => value.replaceAll(/[\s\p{Cc}]+/gu, " ").slice(0, 200);

const COLUMNS: readonly (readonly [string, string])[] = [
  ["id", "id of the task, unique"],
  ["run, step, slot", "run, step of the run, place of the document in the step"],
  ["question, answer, answer_type", "the task; for `mcq` the answer is the text of the right option"],
  ["options", "options in the order that the model saw; empty without multiple choice"],
  ["policy", "comparison rules of the answer, such as tolerance and unit"],
  [
    "prompt, prompt_family",
    "messages that the model read (a prompt without roles is one user message), and the rules that read its final answer",
  ],
  ["evidence, text", "sentence with the evidence, and the text that the question was written from"],
  ["document_id, title, source, license, language", "the document"],
  ["attempts, pass_rate", "attempts without the document, and the share that was right"],
  ["open_book_attempts, open_book_pass_rate", "the same with the document"],
  ["challenger_reward", "reward for writing the task; empty when the proposal trained nothing"],
  ["gold", "`right`, `wrong` or `unknown`: what the facts of the document say about the answer"],
];
