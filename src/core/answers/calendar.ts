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

/** Before this year, old texts use weekdays of the Julian calendar. */
const FIRST_GREGORIAN_YEAR = 1583;
const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** The date; null when the calendar does not have it. */
export function calendarDate(year: number, month: number | null, day: number | null): CalendarDate | null {
  if (year === 0 || (month !== null && (month < 1 || month > 12))) return null;
  return day === null || (day >= 1 && day <= daysIn(year, month as number)) ? { year, month, day } : null;
}

/**
 * True when a weekday (its first three letters, lower case) may be the weekday of the date. It is
 * not compared before 1583, and not for a date without a day.
 */
export function agreesWithWeekday({ year, month, day }: CalendarDate, weekday: string): boolean {
  if (day === null || month === null) return false;
  if (year < FIRST_GREGORIAN_YEAR) return true;
  // Zeller's congruence, with March as the first month of a year.
  const shifted = month < 3 ? year - 1 : year;
  const days = shifted + Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400);
  const offset = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4][month - 1] as number;
  return WEEKDAYS[(days + offset + day) % 7] === weekday;
}

function daysIn(year: number, month: number): number {
  // There is no year 0. 1 BC is the leap year before 4 AD.
  const counted = year < 0 ? year + 1 : year;
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31;
  return counted % 4 === 0 && (counted % 100 !== 0 || counted % 400 === 0) ? 29 : 28;
}
