import { readSpelled } from "./cardinal.js";
import { ordinalAt, ordinalEnding } from "./ordinal.js";
import { isInteger } from "./rational.js";

const NUMBER_WORD =
  /^(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[a-z]+teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundred|thousand|million|billion|trillion)$/;
const NUMBER_WORD_OR_AND = new RegExp(`${NUMBER_WORD.source}|^and$`);
/** Largest number of words of a number in a text. */
const MAX_NUMBER_WORDS = 8;

/**
 * The words of a text with spelled numbers as digits: `two hundred people` is `200 people`, and
 * `twenty first century` is `21st century`. `one` alone is a pronoun and stays.
 */
export function withDigits(words: readonly string[]): readonly string[] {
  return cardinals(ordinals(words));
}

function ordinals(words: readonly string[]): readonly string[] {
  const out: string[] = [];
  for (let at = 0; at < words.length; ) {
    const ordinal = ordinalAt(words, at);
    out.push(ordinal === null ? (words[at] as string) : `${ordinal.value}${ordinalEnding(ordinal.value)}`);
    at += ordinal?.words ?? 1;
  }
  return out;
}

function cardinals(words: readonly string[]): readonly string[] {
  const out: string[] = [];
  for (let at = 0; at < words.length; ) {
    const number = numberAt(words, at);
    out.push(number === null ? (words[at] as string) : number.digits);
    at += number?.words ?? 1;
  }
  return out;
}

function numberAt(words: readonly string[], at: number): { digits: string; words: number } | null {
  if (!NUMBER_WORD.test(words[at] as string)) return null;
  let longest = 1;
  while (longest < MAX_NUMBER_WORDS && NUMBER_WORD_OR_AND.test(words[at + longest] ?? "")) longest += 1;
  for (let count = longest; count > 0; count -= 1) {
    const read =
      words[at] === "one" && count === 1 ? null : readSpelled(words.slice(at, at + count).join(" "));
    if (read !== null && isInteger(read.value)) return { digits: String(read.value.numerator), words: count };
  }
  return null;
}
