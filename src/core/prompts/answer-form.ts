import { readDate } from "../answers/date-text.js";
import type { DatePrecision } from "../records/answer.js";
import type { Task } from "../records/task.js";

const DATES: Readonly<Record<DatePrecision, string>> = {
  year: "a year",
  month: "a month and year",
  day: "a day, month and year",
};

/**
 * The instruction about the form of an answer, for the Reasoner. Null for types whose prompts
 * already say the form: multiple choice, and the paper's three free types. The instruction gives
 * nothing about the gold answer except its form.
 */
export function answerForm({ answer, answerType, policy = {} }: Task): string | null {
  switch (answerType) {
    case "number":
      return "a number";
    case "quantity":
      return policy.unitInAnswer === "optional" && policy.unit !== undefined
        ? `a number in ${policy.unit}`
        : "a number with its unit";
    case "date":
      return DATES[policy.precision ?? precisionOf(answer)];
    case "boolean":
      return "yes or no";
    case "list":
      return "all items, separated by semicolons, in order";
    case "set":
      return "all items, separated by semicolons";
    default:
      return null;
  }
}

function precisionOf(answer: string): DatePrecision {
  const date = readDate(answer);
  if (date?.month == null) return "year";
  return date.day === null ? "month" : "day";
}
