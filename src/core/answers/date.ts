import { DATE_PRECISIONS, type DatePrecision } from "../records/answer.js";
import { type AnswerKind, rightIf } from "./kind.js";

/**
 * A day, a month or a year of the proleptic Gregorian calendar. Years before 1 are negative (44 BC
 * is -44).
 */
export interface CalendarDate {
  readonly year: number;
  /** 1 to 12; null when only the year is given. */
  readonly month: number | null;
  /** 1 to 31; null when only the month is given. */
  readonly day: number | null;
}

const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const MONTH =
  "(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\.?";
const YEAR = "(\\d{1,4})( ?(?:ad|ce|bc|bce))?";
const DAY = "(\\d{1,2})(st|nd|rd|th)?";

const ISO = /^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?$/;
const DAY_FIRST = new RegExp(`^(?:the )?${DAY} (?:of )?${MONTH},? ${YEAR}$`);
const MONTH_FIRST = new RegExp(`^${MONTH} ${DAY},? ${YEAR}$`);
const MONTH_ONLY = new RegExp(`^${MONTH},? (?:of )?${YEAR}$`);
const YEAR_ONLY = new RegExp(`^${YEAR}$`);

/**
 * Reads `1962-07-01`, `1962-07`, `1 July 1962`, `July 1st, 1962`, `July 1962`, `1962`, `44 BC`.
 * Dates with numbers only (`07/01/1962`) mean different days in different countries and are null.
 * Days that the calendar does not have are null.
 */
export function readDate(text: string): CalendarDate | null {
  if (text.length > 40) return null;
  const plain = text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\u2010-\u2015\u2212]/g, "-")
    .replace(/\.$/, "")
    .replace(/\s+/g, " ")
    .trim();
  const iso = ISO.exec(plain);
  if (iso !== null) return valid(Number(iso[1]), number(iso[2]), number(iso[3]));
  const dayFirst = DAY_FIRST.exec(plain);
  if (dayFirst !== null) {
    const [, day, suffix, month, year, era] = dayFirst;
    return dated(year, era, month, day, suffix);
  }
  const monthFirst = MONTH_FIRST.exec(plain);
  if (monthFirst !== null) {
    const [, month, day, suffix, year, era] = monthFirst;
    return dated(year, era, month, day, suffix);
  }
  const monthOnly = MONTH_ONLY.exec(plain);
  if (monthOnly !== null) return dated(monthOnly[2], monthOnly[3], monthOnly[1]);
  const yearOnly = YEAR_ONLY.exec(plain);
  return yearOnly === null ? null : dated(yearOnly[1], yearOnly[2]);
}

/**
 * Compares dates at the precision that is asked for. A coarser date is wrong. A finer date is wrong
 * unless the comparison rules accept it.
 */
export const dateKind: AnswerKind<CalendarDate> = {
  read: readDate,
  accepts: (gold, { precision }) => precision === undefined || rank(precision) <= rank(precisionOf(gold)),
  compare(gold, given, { precision = precisionOf(gold), finerDate = "wrong" }) {
    const [asked, got] = [rank(precision), rank(precisionOf(given))];
    if (got < asked || (got > asked && finerDate === "wrong")) return "wrong";
    const agree = (part: "month" | "day") =>
      gold[part] === null || given[part] === null || gold[part] === given[part];
    return rightIf(gold.year === given.year && agree("month") && agree("day"));
  },
};

function precisionOf({ month, day }: CalendarDate): DatePrecision {
  if (month === null) return "year";
  return day === null ? "month" : "day";
}

function rank(precision: DatePrecision): number {
  return DATE_PRECISIONS.indexOf(precision);
}

function dated(year = "", era?: string, month?: string, day?: string, suffix?: string): CalendarDate | null {
  // One or two digits are a year only with an era. "12" alone is a number.
  if (era === undefined && year.length < 3) return null;
  if (suffix !== undefined && suffix !== ordinal(Number(day))) return null;
  const before = era?.trim().startsWith("b") === true;
  const index = month === undefined ? null : MONTHS.indexOf(month.slice(0, 3)) + 1;
  return valid(before ? -Number(year) : Number(year), index, number(day));
}

function ordinal(day: number): string {
  if (day >= 11 && day <= 13) return "th";
  return ["th", "st", "nd", "rd"][day % 10] ?? "th";
}

function valid(year: number, month: number | null, day: number | null): CalendarDate | null {
  if (year === 0 || (month !== null && (month < 1 || month > 12))) return null;
  return day === null || (day >= 1 && day <= daysIn(year, month as number)) ? { year, month, day } : null;
}

function daysIn(year: number, month: number): number {
  // There is no year 0. 1 BC is the leap year before 4 AD.
  const counted = year < 0 ? year + 1 : year;
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31;
  return counted % 4 === 0 && (counted % 100 !== 0 || counted % 400 === 0) ? 29 : 28;
}

function number(digits: string | undefined): number | null {
  return digits === undefined ? null : Number(digits);
}
