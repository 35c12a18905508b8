import { DATE_PRECISIONS, type DatePrecision } from "../records/answer.js";
import type { CalendarDate } from "./calendar.js";
import { readDate } from "./date-text.js";
import { type AnswerKind, rightIf } from "./kind.js";

/**
 * Compares dates at the precision that is asked for. A coarser date is wrong. A finer date is right
 * where it agrees with the gold answer, unless the comparison rules say `finerDate: wrong`.
 */
export const dateKind: AnswerKind<CalendarDate> = {
  read: readDate,
  accepts: (gold, { precision }) => precision === undefined || rank(precision) <= rank(precisionOf(gold)),
  compare(gold, given, { precision = precisionOf(gold), finerDate = "accepted" }) {
    const [asked, got] = [rank(precision), rank(precisionOf(given))];
    if (got < asked || (got > asked && finerDate === "wrong")) return "wrong";
    const agree = (part: "month" | "day") =>
      gold[part] === null || given[part] === null || gold[part] === given[part];
    return rightIf(gold.year === given.year && agree("month") && agree("day"));
  },
  describe({ year, month, day }) {
    const two = (part: number | null) => (part === null ? "" : `-${String(part).padStart(2, "0")}`);
    const size = String(Math.abs(year)).padStart(4, "0");
    return `${size}${two(month)}${two(day)}${year < 0 ? " BC" : ""}`;
  },
};

function precisionOf({ month, day }: CalendarDate): DatePrecision {
  if (month === null) return "year";
  return day === null ? "month" : "day";
}

function rank(precision: DatePrecision): number {
  return DATE_PRECISIONS.indexOf(precision);
}
