import type { Segment } from "../../records/document.js";
import type { Candidate } from "../../records/task.js";
import { contentWords, fold, words } from "../../text/normalize.js";
import { numbersIn, type StatedNumber, withDigits } from "../../text/numbers.js";
import { findSpan, type Span } from "../../text/spans.js";
import { singular } from "../../text/stems.js";
import { type CheckResult, PASSED, refused } from "../check.js";
import { evidenceStatements, itemsOf } from "./statements.js";

/** A longer answer is a statement in its own words: whether it follows is for the open-book check. */
const MAX_LITERAL_WORDS = 6;
/** Numbers of the evidence that are combined with each other; more of them would make anything derivable. */
const MAX_OPERANDS = 6;
/** A number is not literal when this much else is said with it. */
const MAX_UNIT_WORDS = 3;

/**
 * A literal answer (a name, a number, a date) must stand in its evidence, in any order of words, or, for a number, follow from the
 * evidence's numbers by one operation: rounding, sum, difference, product, quotient, percentage, mean, or counting a list.
 * Yes/no answers, symbolic expressions and long answers pass: they need the model. An alias must stand in the document, or the
 * Challenger could have other answers accepted than the document gives.
 */
export function checkDerivable(candidate: Candidate, segment: Segment, evidence: Span | null): CheckResult {
  const { answer, quotes, policy } = candidate;
  const stray = (policy?.aliases ?? []).find((alias) => findSpan(segment.text, alias) === null);
  if (stray !== undefined)
    return refused("not_derivable", `The alias "${stray}" does not stand in the document.`);
  const spoken = words(answer);
  if (spoken.length > MAX_LITERAL_WORDS || /^(?:yes|no|true|false)$/.test(spoken.join(" "))) return PASSED;
  const statements = evidenceStatements(quotes, segment, evidence);
  if (statements.some((one) => findSpan(one, answer) !== null)) return PASSED;
  const text = statements.join("\n");
  const present = new Set(comparable(text));
  const content = comparable(contentWords(answer).join(" "));
  if (content.length > 0 && content.every((word) => present.has(word))) return PASSED;
  const [number, ...more] = numbersIn(answer);
  if (number === undefined || more.length > 0) {
    return candidate.answerType === "expression" ? PASSED : missing(answer);
  }
  if (spoken.length - (number.end - number.start) > MAX_UNIT_WORDS) return missing(answer);
  return follows(number, statements, fold(candidate.question)) ? PASSED : missing(answer);
}

function missing(answer: string): CheckResult {
  return refused(
    "not_derivable",
    `The answer "${answer}" neither stands in its evidence nor follows from its numbers.`,
  );
}

function comparable(text: string): string[] {
  return withDigits(words(text)).map(singular);
}

/** @param asked the folded question: percentages and means are computed only where it speaks of them */
function follows(wanted: StatedNumber, statements: readonly string[], asked: string): boolean {
  const given = numbersIn(statements.join("\n"));
  const values = [...new Set(given.map((one) => one.value))];
  const meets = (value: number) => Number.isFinite(value) && sameAtPrecision(wanted, value);
  if (values.some(meets)) return true;
  if (statements.some((one) => itemsOf(one).length > 1 && itemsOf(one).length === wanted.value)) return true;
  if (values.length < 2 || values.length > MAX_OPERANDS) return false;
  const percent = wanted.unit === "%" || /percent|share|proportion/.test(asked);
  const total = values.reduce((sum, value) => sum + value, 0);
  if (meets(total) || (/\b(?:average|mean)\b/.test(asked) && meets(total / values.length))) return true;
  return values.some((a, index) =>
    values.some((b, other) => {
      if (index === other) return false;
      const plain = [a + b, a - b, a * b, a / b];
      return [...plain, ...(percent ? [(100 * a) / b, (100 * (a - b)) / b] : [])].some(meets);
    }),
  );
}

/** Equal when rounded to the places that the answer is stated with; whole numbers are exact, except for rounded-off zeros. */
function sameAtPrecision({ value, places }: StatedNumber, other: number): boolean {
  if (Math.abs(value - other) <= 1e-9 * Math.max(1, Math.abs(value))) return true;
  if (Number.isInteger(value) && Number.isInteger(other) && places >= 0) return false;
  const scale = 10 ** -places;
  return Math.abs(value - other) <= scale / 2 + 1e-9 * Math.abs(value);
}
