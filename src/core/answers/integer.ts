import type { Verdict } from "../episode.js";
import { numberFromWords } from "./number-words.js";
import { isInteger, parseRational, type Rational } from "./rational.js";

/**
 * Reads a whole number: digits with optional sign and thousands separators (`1,234`), `12.0`, or English
 * words up to one hundred. No unit, percent or fraction: the type asks for a bare number, and anything else
 * is null.
 */
export function readInteger(text: string): bigint | null {
  const plain = text.trim().replace(/(?<=\d)\.$/, "");
  if (/[%/\\]/.test(plain)) return null;
  const value: Rational | null = parseRational(plain);
  if (value !== null) return isInteger(value) ? value.numerator : null;
  const spelled = numberFromWords(plain);
  return spelled === null ? null : BigInt(spelled);
}

/** Exact equality of whole numbers; an answer that is not one is unparsable. */
export function verifyInteger(gold: string, answer: string): Verdict {
  const given = readInteger(answer);
  if (given === null) return "unparsable";
  return given === readInteger(gold) ? "correct" : "wrong";
}
