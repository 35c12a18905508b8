import { verifyExpression } from "./answers/expression.js";
import { readInteger, verifyInteger } from "./answers/integer.js";
import { verifyMcq } from "./answers/mcq.js";
import { verifyString } from "./answers/string.js";
import type { Verdict } from "./episode.js";
import { answerKey } from "./normalise.js";
import type { AnswerType, Task } from "./task.js";

/** Longest answer that is looked at, in code units; a longer one is unparsable, whatever it holds. */
export const MAX_ANSWER_LENGTH = 512;

/**
 * What judging needs of a task. `shuffled` gives the letters of a multiple-choice task and is not read
 * otherwise.
 */
export type VerifiableTask = Pick<Task, "answerType" | "answer" | "shuffled">;

/**
 * The judge: compares one final answer with the gold, by the declared type alone. Total (never throws),
 * evaluates nothing, and bounded by `MAX_ANSWER_LENGTH`. `unparsable` means that there is no answer of that
 * type to compare; it earns what a wrong answer earns.
 */
export function verify(task: VerifiableTask, answer: string | null): Verdict {
  if (answer === null || answer.length > MAX_ANSWER_LENGTH) return "unparsable";
  switch (task.answerType) {
    case "mcq":
      return verifyMcq(task.shuffled, task.answer, answer);
    case "integer":
      return verifyInteger(task.answer, answer);
    case "expression":
      return verifyExpression(task.answer, answer);
    case "string":
      return verifyString(task.answer, answer);
  }
}

/** Whether a gold answer can be verified at all as its declared type. */
export function isVerifiable(answer: string, type: AnswerType): boolean {
  if (answer.length > MAX_ANSWER_LENGTH) return false;
  return type === "integer" ? readInteger(answer) !== null : answerKey(answer) !== "";
}
