import { optionLetter } from "../answers/mcq.js";
import type { Prompt } from "../chat.js";
import type { Segment } from "../document.js";
import { boxedAnswer } from "../parse/boxed.js";
import type { Task } from "../task.js";
import { answerForm } from "./answer-form.js";
import { conversation, fencedDocument } from "./paper-common.js";

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
  const { answerType, question, shuffled } = task;
  const form = answerForm(task);
  if (answerType !== "mcq") return form === null ? question : `${question}\nAnswer with ${form}.`;
  const options = shuffled.map((option, index) => `${optionLetter(index)}) ${option}`);
  return `${question}\n${options.join("\n")}\nAnswer with the letter of the right option.`;
}
