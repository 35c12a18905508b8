import { agreesWithWeekday, type CalendarDate, calendarDate } from "./calendar.js";
import { ordinalAt, ordinalEnding } from "./ordinal.js";

const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const MONTH =
  "(?<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\.?";
const YEAR = "(?:(?<before>ad|ce|bc|bce) ?)?(?<year>\\d{1,4})(?: ?(?<era>ad|ce|bc|bce))?";
const DAY = "(?<day>\\d{1,2})(?<suffix>st|nd|rd|th)?";
const WEEKDAY = /^(mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?[.,]? (?=\S)/;

/** Year first: ISO, also with slashes or full stops in place of the hyphens of a day. */
const ISO = /^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?$|^(\d{4})([/.])(\d{2})\5(\d{2})$/;
/** A date in numbers alone, year last. */
const NUMERIC = /^(\d{1,2})([./-])(\d{1,2})\2(\d{4})$/;
const FORMS: readonly RegExp[] = [
  `^(?:the )?${DAY}(?: (?:of )?|[/-])${MONTH}(?:,? |,|[/-])${YEAR}$`,
  `^${MONTH},? (?:the )?${DAY}(?:,? |,| of )${YEAR}$`,
  `^(?<year>\\d{3,4}),? ${MONTH},? ${DAY}$`,
  `^${MONTH},? (?:of )?${YEAR}$`,
  `^(?:the year )?${YEAR}$`,
].map((form) => new RegExp(form));
const MAX_LENGTH = 48;

/**
 * Reads a date in English: `1962-07-01`, `1962-07`, `1 July 1962`, `July 1st, 1962`, `Sunday, July
 * 1, 1962`, `July 1962`, `1962`, `AD 1066`, `44 BC`. A date with numbers only is read where one
 * order is possible: `25/12/1962`. `07/01/1962` means different days in different countries and is
 * null, and so are days that the calendar does not have, and a weekday that the day does not have.
 */
export function readDate(text: string): CalendarDate | null {
  if (text.length > MAX_LENGTH) return null;
  const plain = withOrdinals(
    text
      .normalize("NFKC")
      .toLowerCase()
      .replace(/[\u2010-\u2015\u2212]/g, "-")
      .replace(
        /\b(a)\. ?(d)\b\.?|\b(b)\. ?(c)\b\.?(?: ?(e)\b\.?)?|\b(c)\. ?(e)\b\.?/g,
        (_, ...letters: unknown[]) =>
          letters
            .slice(0, 7)
            .filter((one) => typeof one === "string")
            .join(""),
      )
      .replace(/(?<=\w)[.,]$/, "")
      .replace(/\s+/g, " ")
      .trim()
      .replace(/^(?:on|in) /, ""),
  );
  const weekday = WEEKDAY.exec(plain);
  const date = weekday === null ? dateOf(plain) : dateOf(plain.slice(weekday[0].length));
  if (date === null || weekday === null) return date;
  return agreesWithWeekday(date, (weekday[1] as string).slice(0, 3)) ? date : null;
}

function dateOf(plain: string): CalendarDate | null {
  const iso = ISO.exec(plain);
  if (iso !== null)
    return calendarDate(Number(iso[1] ?? iso[4]), number(iso[2] ?? iso[6]), number(iso[3] ?? iso[7]));
  const numeric = NUMERIC.exec(plain);
  if (numeric !== null) return onlyOrder(Number(numeric[1]), Number(numeric[3]), Number(numeric[4]));
  for (const form of FORMS) {
    const parts = form.exec(plain)?.groups;
    if (parts !== undefined) return dated(parts);
  }
  return null;
}

/** The date when only one order of day and month gives a date, or both orders give the same. */
function onlyOrder(first: number, second: number, year: number): CalendarDate | null {
  const dayFirst = calendarDate(year, second, first);
  const monthFirst = calendarDate(year, first, second);
  if (dayFirst !== null && monthFirst !== null) return first === second ? dayFirst : null;
  return dayFirst ?? monthFirst;
}

function dated({
  year = "",
  era,
  before,
  month,
  day,
  suffix,
}: Readonly<Record<string, string>>): CalendarDate | null {
  const named = era ?? before;
  // One or two digits are a year only with an era. "12" alone is a number.
  if ((named === undefined && year.length < 3) || (era !== undefined && before !== undefined)) return null;
  if (suffix !== undefined && suffix !== ordinalEnding(Number(day))) return null;
  const index = month === undefined ? null : MONTHS.indexOf(month.slice(0, 3)) + 1;
  return calendarDate(named?.startsWith("b") === true ? -Number(year) : Number(year), index, number(day));
}

/** `first of march` is `1st of march`. */
function withOrdinals(plain: string): string {
  if (!/(?:first|second|third|th)\b/.test(plain)) return plain;
  const words = plain.replace(/(?<=[a-z]y)-(?=[a-z])/g, " ").split(" ");
  const out: string[] = [];
  for (let at = 0; at < words.length; ) {
    const ordinal = ordinalAt(
      [(words[at] ?? "").replace(/,$/, ""), (words[at + 1] ?? "").replace(/,$/, "")],
      0,
    );
    out.push(ordinal === null ? (words[at] as string) : `${ordinal.value}${ordinalEnding(ordinal.value)}`);
    at += ordinal?.words ?? 1;
  }
  return out.join(" ");
}

function number(digits: string | undefined): number | null {
  return digits === undefined ? null : Number(digits);
}
