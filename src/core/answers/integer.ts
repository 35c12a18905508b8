import type { AnswerPolicy } from "../records/answer.js";
import { type AnswerKind, rightIf } from "./kind.js";
import { isWhole, readNumeral } from "./numeral.js";

/**
 * Reads a whole number: digits with optional sign and thousands separators (`1,234`), `12.0`, scale words (`2 million`), or
 * English words up to one hundred. No unit, percent or fraction: the type asks for a bare number, and anything else is null.
 */
export function readInteger(text: string, policy: AnswerPolicy = {}): bigint | null {
  if (/[%/\\]/.test(text)) return null;
  const read = readNumeral(text, policy);
  return read !== null && isWhole(read) ? read.value.numerator : null;
}

/** Exact equality of whole numbers. */
export const integerKind: AnswerKind<bigint> = {
  read: readInteger,
  judge: (gold, given) => rightIf(gold === given),
};
