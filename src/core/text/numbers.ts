import { words } from "./normalize.js";
import { numberFromWords, SCALES } from "./number-words.js";
import { singular } from "./stems.js";

/** A number as a text states it. */
export interface StatedNumber {
  /** With its scale word multiplied in: `1.2 million` is 1200000. */
  readonly value: number;
  /** Decimal places it is stated with, after the scale: 1.2 million is stated to 100000, so -5. */
  readonly places: number;
  /** The word behind it, singular (`years` is `year`, `sq km` is whole), `%`, or empty. */
  readonly unit: string;
  /** Place among the text's words, and of the word behind the number and its scale. */
  readonly start: number;
  readonly end: number;
}

/** Words after a number that are no unit of it. */
const NO_UNIT =
  /^(?:and|or|in|on|at|of|to|by|from|for|is|are|was|were|with|as|the|a|an|est|but|than|after|before|since|until)$/;

/**
 * The numbers of a text, digits or English words up to one hundred, in order. `one` alone is a
 * pronoun and is left out.
 */
export function numbersIn(text: string): StatedNumber[] {
  return numbersOf(words(text));
}

/** The same for words that are already cut. */
export function numbersOf(all: readonly string[]): StatedNumber[] {
  const found: StatedNumber[] = [];
  for (let start = 0; start < all.length; ) {
    const number = numberAt(all, start);
    if (number === null) start += 1;
    else {
      found.push(number);
      start = number.end;
    }
  }
  return found;
}

function numberAt(all: readonly string[], start: number): StatedNumber | null {
  const word = all[start] as string;
  const spelled = spelledAt(all, start);
  const digits = /^-?\d+(?:\.(\d+))?$/.exec(word);
  if (digits === null && spelled === null) return null;
  const plain = spelled?.value ?? Number(word);
  let end = start + (spelled?.words ?? 1);
  const scale = SCALES[all[end] ?? ""];
  if (scale !== undefined) end += 1;
  const value = plain * 10 ** (scale ?? 0);
  if (!Number.isFinite(value)) return null;
  return { value, places: (digits?.[1]?.length ?? 0) - (scale ?? 0), unit: unitAt(all, end), start, end };
}

/** What a number word looks like; nearly every word is none. */
const SPELLED = /^(?:zero|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[a-z]+teen|[a-z]+ty)$/;

function spelledAt(all: readonly string[], start: number): { value: number; words: number } | null {
  const first = all[start] as string;
  if (!SPELLED.test(first)) return null;
  const second = all[start + 1] ?? "";
  const two = numberFromWords(`${first} ${second}`);
  if (two !== null && second !== "" && !(second in SCALES)) return { value: two, words: 2 };
  const single = numberFromWords(first);
  return single === null ? null : { value: single, words: 1 };
}

function unitAt(all: readonly string[], end: number): string {
  const [next = "", after = ""] = all.slice(end, end + 2);
  if (next === "" || /\d/.test(next) || NO_UNIT.test(next)) return "";
  return /^(?:sq|square|cubic|cu)$/.test(next) && after !== ""
    ? `${next} ${singular(after)}`
    : singular(next);
}

/** The words with spelled numbers as digits, so that `five` and `5` are one word. */
export function withDigits(all: readonly string[]): string[] {
  const out: string[] = [];
  for (let at = 0; at < all.length; ) {
    const spelled = spelledAt(all, at);
    out.push(spelled === null ? (all[at] as string) : String(spelled.value));
    at += spelled?.words ?? 1;
  }
  return out;
}
