import type { Segment } from "../../records/document.js";
import type { Prompt } from "../../records/prompt.js";
import type { Task } from "../../records/task.js";
import { squeeze } from "../../text/normalize.js";
import { answerForm } from "../answer-form.js";
import { documentFirst } from "./common.js";
import { OPTION_SEPARATOR } from "./proposal.js";

/** The question without the document. The model continues after `Answer:`. */
export function smallBlind(task: Task): Prompt {
  return { kind: "text", text: questionLines(task) };
}

/**
 * The question after the document. Multiple-choice tasks are asked without their options, so that
 * the answer comes from the text. With options, SmolLM2-135M copies options: 20 of 26 well-formed
 * tasks failed, and 4 of 26 without options.
 */
export function smallOpenBook(segment: Segment, task: Task): Prompt {
  return documentFirst(
    segment,
    questionLines(task.answerType === "mcq" ? { ...task, answerType: "string" } : task),
  );
}

/** The open-book prompt in another form, for the paraphrase check. */
export function smallReworded(segment: Segment, { question }: Task): Prompt {
  return documentFirst(segment, `According to the text above: ${question}\nShort answer:`);
}

/** The options alone. */
export function smallOptionsOnly({ shuffled }: Task): Prompt {
  return { kind: "text", text: `Options: ${shuffled.join(OPTION_SEPARATOR)}\nAnswer:` };
}

/** The line after `Answer:`; null when it is empty or longer than one line. */
export function parseSmallAnswer(text: string): string | null {
  const lines = text.trim().split(/\r?\n/);
  const answer = squeeze(lines[0] ?? "");
  return lines.length > 1 || answer === "" ? null : answer;
}

function questionLines(task: Task): string {
  const { answerType, question, shuffled } = task;
  const form = answerForm(task);
  const options = answerType === "mcq" ? `Options: ${shuffled.join(OPTION_SEPARATOR)}\n` : "";
  return `Question: ${question}${form === null ? "" : ` (${form})`}\n${options}Answer:`;
}
