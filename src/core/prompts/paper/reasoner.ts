import { optionLetter } from "../../answers/mcq.js";
import type { Segment } from "../../records/document.js";
import type { Prompt } from "../../records/prompt.js";
import type { Task } from "../../records/task.js";
import { answerForm } from "../answer-form.js";
import { boxedAnswer } from "../reading/boxed.js";
import { conversation, fencedDocument } from "./common.js";

/**
 * The Reasoner's prompt (SPICE Fig. 8): the question, and the request to reason and to put the
 * answer in a box. The document is not in it.
 */
export function paperBlind(task: Task): Prompt {
  return conversation(`${questionText(task)}\n\n${INSTRUCTION}`);
}

/** The prompt with the document first, for the open-book check. The paper does not have it. */
export function paperOpenBook(segment: Segment, task: Task): Prompt {
  return conversation(
    `${fencedDocument(segment)}\n\nUse the document to answer.\n\n${questionText(task)}\n\n${INSTRUCTION}`,
  );
}

/** The open-book prompt with the question first, for the paraphrase check. */
export function paperReworded(segment: Segment, task: Task): Prompt {
  return conversation(
    `Somebody asks: ${questionText(task)}\n\nFind the answer in this text.\n\n${fencedDocument(segment)}\n\n${INSTRUCTION}`,
  );
}

/** The options alone, for the options-only check. The paper does not have it. */
export function paperOptionsOnly(task: Task): Prompt {
  return conversation(
    `The question is hidden.\n${optionLines(task)}\nAnswer with the letter of the option that is most likely right.\n\n${INSTRUCTION}`,
  );
}

/** The answer in the box; null unless there is exactly one. */
export function parsePaperAnswer(text: string): string | null {
  return boxedAnswer(text);
}

/**
 * The text that the parser reads as the gold answer. For multiple choice, the box contains the
 * letter.
 */
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
