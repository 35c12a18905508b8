import { optionLetter } from "../../answers/mcq.js";
import type { Segment } from "../../records/document.js";
import type { Prompt } from "../../records/prompt.js";
import type { Task } from "../../records/task.js";
import { answerForm } from "../answer-form.js";
import { boxedAnswer } from "../reading/boxed.js";
import { conversation, fencedDocument } from "./common.js";

/**
 * The Reasoner's prompt (SPICE Fig. 8): the question and the request to reason and box the answer. The
 * document is not in it.
 */
export function paperBlind(task: Task): Prompt {
  return conversation(`${questionText(task)}\n\n${INSTRUCTION}`);
}

/** The same with the document first; our addition, for the open-book check only. */
export function paperOpenBook(segment: Segment, task: Task): Prompt {
  return conversation(
    `${fencedDocument(segment)}\n\nUse the document to answer.\n\n${questionText(task)}\n\n${INSTRUCTION}`,
  );
}

/** The open-book question in another frame: the question first, the document as material; for the check of the wording. */
export function paperReworded(segment: Segment, task: Task): Prompt {
  return conversation(
    `Somebody asks: ${questionText(task)}\n\nFind the answer in this text.\n\n${fencedDocument(segment)}\n\n${INSTRUCTION}`,
  );
}

/** The options alone; our addition, for the check that they do not give the answer away. */
export function paperOptionsOnly(task: Task): Prompt {
  return conversation(
    `The question is hidden.\n${optionLines(task)}\nAnswer with the letter of the option that is most likely right.\n\n${INSTRUCTION}`,
  );
}

/** The boxed answer; exactly one counts. */
export function parsePaperAnswer(text: string): string | null {
  return boxedAnswer(text);
}

/** The inverse of the parser: the gold answer in its box, for multiple choice its letter. */
export function paperAnswerText({ answer, answerType, shuffled }: Task): string {
  return `\\boxed{${answerType === "mcq" ? optionLetter(shuffled.indexOf(answer)) : answer}}`;
}

const INSTRUCTION = "Please reason step by step, and put your final answer within \\boxed{}.";

function questionText(task: Task): string {
  const form = answerForm(task);
  if (task.answerType !== "mcq")
    return form === null ? task.question : `${task.question}\nAnswer with ${form}.`;
  return `${task.question}\n${optionLines(task)}\nAnswer with the letter of the right option.`;
}

function optionLines({ shuffled }: Task): string {
  return shuffled.map((option, index) => `${optionLetter(index)}) ${option}`).join("\n");
}
