import { numberFromWords } from "../text/number-words.js";
import { powerOfTen, type Rational, rational } from "./rational.js";

/** A number in words: its value, and the value of the last decimal place; null without decimals. */
export interface SpelledNumber {
  readonly value: Rational;
  readonly step: Rational | null;
}

const THOUSANDS: readonly string[] = ["", "thousand", "million", "billion", "trillion"];
const PARTS: readonly string[] =
  "half third quarter fifth sixth seventh eighth ninth tenth eleventh twelfth".split(" ");
/** Largest number of words. Nine hundred trillion and so on to the units has 25. */
const MAX_WORDS = 32;

/**
 * Reads a number in English words: cardinals below a thousand trillion (`one hundred and
 * thirty-two`, `two thousand five hundred`, `twelve hundred`), decimals (`three point one four`),
 * dozens (`two dozen`), fractions (`two thirds`, `three quarters`) and mixed numbers (`two and a
 * half`). Null for all other texts. Ordinals (`third`) and Roman numerals are null.
 */
export function readSpelled(text: string): SpelledNumber | null {
  const words = text
    .toLowerCase()
    .replace(/(?<=(?:thousand|illion)),(?= )/g, "")
    .replace(/-/g, " ")
    .split(" ");
  if (words.length > MAX_WORDS || words.some((word) => !/^[a-z]+$/.test(word))) return null;
  const whole = cardinal(words);
  if (whole !== null) return { value: rational(whole), step: null };
  if (words.at(-1) === "dozen") {
    const count = words.length === 1 ? 1n : counted(words.slice(0, -1));
    return count === null ? null : { value: rational(12n * count), step: null };
  }
  return decimal(words) ?? fraction(words);
}

function decimal(words: readonly string[]): SpelledNumber | null {
  const point = words.indexOf("point");
  if (point < 0) return null;
  const before = point === 0 ? 0n : cardinal(words.slice(0, point));
  const digits = words.slice(point + 1).map((word) => numberFromWords(word) ?? -1);
  if (before === null || digits.length === 0 || digits.some((digit) => digit < 0 || digit > 9)) return null;
  const step = powerOfTen(-digits.length);
  return { value: rational(BigInt(`${before}${digits.join("")}`), step.denominator), step };
}

function fraction(words: readonly string[]): SpelledNumber | null {
  const and = words.lastIndexOf("and");
  const [before, rest] = and > 0 ? [words.slice(0, and), words.slice(and + 1)] : [[], words];
  const whole = before.length === 0 ? 0n : cardinal(before);
  const last = rest.at(-1) ?? "";
  const count = rest.length === 1 && last === "half" ? 1n : counted(rest.slice(0, -1));
  const singular = count === 1n ? last : last === "halves" ? "half" : last.replace(/s$/, "");
  if (count !== 1n && singular === last) return null;
  const at = singular === "fourth" ? 2 : PARTS.indexOf(singular);
  if (whole === null || count === null || count < 1n || at < 0) return null;
  const parts = BigInt(at + 2);
  return { value: rational(whole * parts + count, parts), step: null };
}

function counted(words: readonly string[]): bigint | null {
  return words.length === 1 && /^an?$/.test(words[0] ?? "") ? 1n : cardinal(words);
}

function cardinal(words: readonly string[]): bigint | null {
  let value = 0n;
  let scale = THOUSANDS.length;
  let group: string[] = [];
  for (const [index, word] of words.entries()) {
    const at = THOUSANDS.indexOf(word);
    if (at < 1) {
      group.push(word);
      continue;
    }
    const count = group.join() === "a" ? 1 : belowThousand(group, false);
    if (at >= scale || count === null || count === 0) return null;
    value += BigInt(count) * 1000n ** BigInt(at);
    [scale, group] = [at, []];
    if (index === words.length - 1) return value;
  }
  const rest = belowThousand(group, scale < THOUSANDS.length);
  if (rest === null || (rest === 0 && value > 0n) || (rest > 999 && value > 0n)) return null;
  return value + BigInt(rest);
}

/** Hundreds and the rest: `a hundred and five`. Hundreds go to ninety-nine: `nineteen hundred`. */
function belowThousand(words: readonly string[], afterScale: boolean): number | null {
  const all = afterScale && words[0] === "and" ? words.slice(1) : words;
  const at = all.indexOf("hundred");
  if (at < 0) return belowHundred(all);
  const before = all.slice(0, at);
  // `hundred thousand` is a hundred thousand. `two thousand hundred` is no number.
  const alone = before.length === 0 && !afterScale;
  const count = alone || before.join() === "a" ? 1 : belowHundred(before);
  if (count === null || count === 0 || (count > 9 && count % 10 === 0)) return null;
  const behind = all.slice(at + 1);
  if (behind.length === 0) return 100 * count;
  const rest = belowHundred(behind[0] === "and" ? behind.slice(1) : behind);
  return rest === null || rest === 0 ? null : 100 * count + rest;
}

function belowHundred(words: readonly string[]): number | null {
  if (words.length === 0 || words.length > 2 || words.includes("hundred")) return null;
  return numberFromWords(words.join(" "));
}
