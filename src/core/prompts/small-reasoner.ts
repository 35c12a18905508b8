import type { Prompt } from "../chat.js";
import type { Segment } from "../document.js";
import { squeeze } from "../normalise.js";
import { OPTION_SEPARATOR } from "../parse/small-proposal.js";
import type { Task } from "../task.js";
import { documentFirst } from "./small-common.js";

/** The question alone; the model continues after `Answer:`. */
export function smallBlind(task: Task): Prompt {
  return { kind: "text", text: questionLines(task) };
}

/** The same after the document. */
export function smallOpenBook(segment: Segment, task: Task): Prompt {
  return documentFirst(segment, questionLines(task));
}

/** The rest of the answer line. */
export function parseSmallAnswer(text: string): string | null {
  const answer = squeeze(text);
  return answer === "" ? null : answer;
}

function questionLines({ answerType, question, shuffled }: Task): string {
  const options = answerType === "mcq" ? `Options: ${shuffled.join(OPTION_SEPARATOR)}\n` : "";
  return `Question: ${question}\n${options}Answer:`;
}
