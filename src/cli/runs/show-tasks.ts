import type { ListedDocument, ListedTask } from "../../app/reports/listings.js";
import { percent, plainNumber } from "../../web/parts/format.js";
import { refusalText } from "../../web/parts/labels.js";
import type { Format } from "../terminal/output.js";
import { table } from "../terminal/output.js";

type Paint = (format: Format, text: string) => string;

/** Digits of an id that are shown where no title is known. */
const ID_DIGITS = 12;

/** Tasks as text for people: one block each. */
export function showTasks(tasks: readonly ListedTask[], paint: Paint): string {
  return tasks.map((one) => taskBlock(one, paint)).join("\n\n");
}

function taskBlock(one: ListedTask, paint: Paint): string {
  const { step, slot, index, proposals, task, passRate, reward, gold, wrong, evidence } = one;
  const facts = [
    `step ${step}, document ${slot}, proposal ${index}`,
    task.answerType,
    passRate === null ? "no graded attempt" : `pass rate ${percent(passRate)}`,
    reward === null ? "outside the group" : `reward ${plainNumber(reward)}`,
    ...(gold === null || gold === "unknown" ? [] : [`gold ${gold}`]),
    ...(proposals === 1 ? [] : [`${proposals} equal proposals`]),
  ];
  return [
    `${paint("bold", titleOf(one))}  ${paint("dim", facts.join(", "))}`,
    `  question  ${oneLine(task.question)}`,
    `  answer    ${oneLine(task.answer)}`,
    ...(wrong.length === 0 ? [] : [`  wrong     ${wrong.map(oneLine).join(" | ")}`]),
    ...(evidence === null ? [] : [`  evidence  ${evidence}`]),
  ].join("\n");
}

/** Documents as a table for people. */
export function showDocuments(documents: readonly ListedDocument[]): string {
  return table(
    documents.map((one) => [
      String(one.tasks),
      String(one.proposals),
      one.passRate === null ? "–" : percent(one.passRate),
      one.reward === null ? "–" : plainNumber(one.reward),
      String(one.refused),
      lossOf(one),
      clip(titleOf(one), 60),
      one.sourceUri,
    ]),
    ["tasks", "proposals", "pass rate", "reward", "refused", "mostly", "document", "source"],
  );
}

/** The main reason why proposals of a document, or the document itself, were refused. */
export function lossOf({ documentRefusal, mainRefusal }: ListedDocument): string {
  const reason = documentRefusal ?? mainRefusal;
  return reason === null ? "" : refusalText(reason);
}

/** The title of a document; a part of its id when the corpus is missing. */
function titleOf({ title, documentId }: { readonly title: string; readonly documentId: string }): string {
  return title === "" ? documentId.slice(0, ID_DIGITS) : oneLine(title);
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ").trim();
const clip = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text;
