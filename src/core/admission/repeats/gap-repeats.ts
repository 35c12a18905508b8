import { type CheckResult, PASSED, refused } from "../../checks/check.js";
import type { Task } from "../../records/task.js";
import { filledGap } from "../../text/gap.js";
import { words } from "../../text/normalize.js";

/**
 * Finds proposals of one document that ask for the same gap of the same sentence with the same
 * answer and differ in their wrong options. Equal tasks share their attempts; these tasks would
 * not, and each of them would count as a new question.
 */
export class GapRepeats {
  /** Id of the first task for each question and answer. */
  readonly #first = new Map<string, string>();

  /** Refuses a task that differs from an earlier one in its wrong options alone. */
  screen(task: Task): CheckResult<"duplicate"> {
    const key = keyOf(task);
    const first = key === null ? undefined : this.#first.get(key);
    return first === undefined || first === task.id
      ? PASSED
      : refused("duplicate", "A proposal of this document asked this with other wrong options.");
  }

  /** Adds an admitted task. */
  note(task: Task): void {
    const key = keyOf(task);
    if (key !== null && !this.#first.has(key)) this.#first.set(key, task.id);
  }
}

function keyOf({ question, answer }: Task): string | null {
  const filled = filledGap(question, answer);
  const gap = filledGap(question, "");
  return filled === null || gap === null ? null : `${words(gap).join(" ")}|${words(answer).join(" ")}`;
}
