import type { AnswerPolicy } from "../records/answer.js";
import { type AnswerKind, rightIf } from "./kind.js";
import { isWhole, readNumeral } from "./numeral.js";

/**
 * Reads a whole number: digits with optional sign and thousands separators (`1,234`), `12.0`, scale
 * words (`2 million`), or English words up to one hundred. Units, percent and fractions are null,
 * because the type asks for a bare number.
 */
export function readInteger(text: string, policy: AnswerPolicy = {}): bigint | null {
  if (/[%/\\]/.test(text)) return null;
  const read = readNumeral(text, policy);
  return read !== null && isWhole(read) ? read.value.numerator : null;
}

/** Compares whole numbers exactly. */
export const integerKind: AnswerKind<bigint> = {
  read: readInteger,
  compare: (gold, given) => rightIf(gold === given),
};
