import type { AnswerPolicy } from "../records/answer.js";
import { readBareNumber } from "./bare-number.js";
import { type AnswerKind, rightIf } from "./kind.js";
import { isWhole } from "./numeral.js";

/** A whole number, and what else its text states; see `BareNumber`. */
interface WholeNumber {
  readonly value: bigint;
  readonly beside: string;
}

/**
 * Reads a whole number: digits with optional sign and thousands separators (`1,234`), `12.0`, scale
 * words (`2 million`), or English words. Percent and fractions are null.
 */
function readInteger(text: string, policy: AnswerPolicy): WholeNumber | null {
  const read = readBareNumber(text, policy);
  if (read === null || !isWhole(read) || /[%/]|frac/.test(read.digits)) return null;
  return { value: read.value.numerator, beside: read.beside };
}

/** Compares whole numbers exactly. A unit beside an answer is not compared. */
export const integerKind: AnswerKind<WholeNumber> = {
  read: readInteger,
  accepts: ({ beside }) => beside === "",
  compare: (gold, given) => rightIf(gold.value === given.value),
  describe: ({ value, beside }) => `${value}${beside === "" ? "" : `, beside ${beside}`}`,
};
