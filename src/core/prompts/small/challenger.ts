import { passageLine } from "../../corpus/passages.js";
import type { FreeAnswerType } from "../../records/answer.js";
import type { Segment } from "../../records/document.js";
import type { Prompt } from "../../records/prompt.js";
import type { TaskFormat } from "../../records/task.js";
import type { Span } from "../../text/spans.js";
import { documentFirst } from "./common.js";

/** What the request says about the answer, by its type. */
const FORMS: Readonly<Record<FreeAnswerType, string>> = {
  integer: ", a whole number",
  number: ", a number",
  quantity: ", a number with its unit",
  expression: ", a formula",
  string: ", a name or a few words",
  date: ", a date",
  boolean: ", yes or no",
  list: ", items in order with ; between them",
  set: ", items with ; between them",
};

/**
 * One short request after the document. The model continues after `Question:`. A passage is
 * repeated in the request, because a small model asks about text near the end of its prompt.
 */
export function smallChallenger(segment: Segment, format: TaskFormat, focus: Span | null): Prompt {
  const about = focus === null ? "this text" : `"${passageLine(segment, focus)}"`;
  const wanted =
    format.kind === "mcq" ? "its answer and three wrong answers" : `its answer${FORMS[format.answerType]}`;
  const joint = format.kind === "mcq" ? "," : " and";
  return documentFirst(segment, `Write a short question about ${about}${joint} ${wanted}.\nQuestion:`);
}
