import { type CheckResult, defineCheck, PASSED, refused } from "../../checks/check.js";
import { filledGap } from "../../text/gap.js";
import { contentWords, fold, words } from "../../text/normalize.js";
import { numbersIn, type StatedNumber, withDigits } from "../../text/numbers.js";
import { anyWord, definePatterns, matchesAny } from "../../text/patterns.js";
import { findSpan } from "../../text/spans.js";
import { singular } from "../../text/stems.js";
import type { EvidenceInput } from "../input.js";
import { evidenceStatements, itemsOf } from "./statements.js";

/**
 * An answer with more words is a statement in its own words: the open-book check decides whether it
 * follows.
 */
const MAX_LITERAL_WORDS = 6;
/** Fewest words beside the gap of a quoted sentence: fewer words do not say what is asked for. */
const MIN_QUOTED_WORDS = 5;
/** Most numbers of the evidence that are combined: from more numbers almost any number follows. */
const MAX_OPERANDS = 6;
/** Most words beside the number in an answer that counts as a number. */
const MAX_UNIT_WORDS = 3;

const VERDICTS: ReadonlySet<string> = new Set(["yes", "no", "true", "false"]);

/** A question that may be answered with a percentage. */
const ASKS_PERCENT = definePatterns(fold, [
  {
    name: "percent, share or proportion",
    pattern: /percent|share|proportion/,
    matches: ["What percentage of the people can read?", "Which share of the exports is oil?"],
    spares: ["How many people can read?", "What part of the exports is oil?"],
  },
]);

/** A question that may be answered with a mean. */
const ASKS_MEAN = definePatterns(fold, [
  {
    name: "average or mean",
    pattern: anyWord("average mean"),
    matches: ["What is the average of the two ages?", "What is the mean age of both groups?"],
    spares: ["What is the meaning of the name?", "What is the sum of the two ages?"],
  },
]);

/**
 * A literal answer is a name, a number or a date. It may stand in its evidence in any order of
 * words. A number may follow by rounding, sum, difference, product, quotient, percentage, mean, or
 * by counting a list. A question with a gap quotes a sentence: with the answer in the gap, the
 * sentence must stand in the document. Yes/no answers, symbolic expressions and long answers pass:
 * they need the model. An alias must stand in the document. Without this rule, the verifier would
 * accept an answer that the document does not give, when the Challenger names it as an alias.
 */
export const derivable = defineCheck({
  setting: "derivable",
  codes: { not_derivable: "answer does not follow from its evidence" },
  stage: "checks",
  describe:
    "The words of a short answer (at most six words) must stand in its evidence, or its number must follow from numbers of the evidence by one operation. When the question quotes a sentence with a gap, the sentence with the answer in the gap must stand in the document.",
  paper: "not checked",
  demo: "refuse",
  cost: "comparisons with the numbers of the evidence",
  patterns: [ASKS_PERCENT, ASKS_MEAN],
  run: checkDerivable,
});

function checkDerivable(input: EvidenceInput): CheckResult<"not_derivable"> {
  const { candidate, text } = input;
  const { answer, policy } = candidate;
  const stray = (policy?.aliases ?? []).find((alias) => findSpan(text.search, alias) === null);
  if (stray !== undefined)
    return refused("not_derivable", `The alias "${stray}" does not stand in the document.`);
  const filled = filledGap(candidate.question, answer);
  if (filled !== null && findSpan(text.search, filled) === null)
    return refused(
      "not_derivable",
      "The quoted sentence, with the answer in its gap, is not in the document.",
    );
  if (filled !== null && words(filledGap(candidate.question, "") ?? "").length < MIN_QUOTED_WORDS)
    return refused(
      "not_derivable",
      `The question quotes fewer than ${MIN_QUOTED_WORDS} words beside its gap.`,
    );
  const spoken = words(answer);
  if (spoken.length > MAX_LITERAL_WORDS || VERDICTS.has(spoken.join(" "))) return PASSED;
  const statements = evidenceStatements(input);
  if (statements.some((one) => findSpan(one, answer) !== null)) return PASSED;
  const present = new Set(comparable(statements.join("\n")));
  const content = comparable(contentWords(answer).join(" "));
  if (content.length > 0 && content.every((word) => present.has(word))) return PASSED;
  const [number, ...more] = numbersIn(answer);
  if (number === undefined || more.length > 0) {
    return candidate.answerType === "expression" ? PASSED : missing(answer);
  }
  if (spoken.length - (number.end - number.start) > MAX_UNIT_WORDS) return missing(answer);
  return follows(number, statements, candidate.question) ? PASSED : missing(answer);
}

function missing(answer: string): CheckResult<"not_derivable"> {
  return refused(
    "not_derivable",
    `The answer "${answer}" neither stands in its evidence nor follows from its numbers.`,
  );
}

function comparable(text: string): string[] {
  return withDigits(words(text)).map(singular);
}

/**
 * True when the number is a number of the statements, counts the items of a list, or follows from
 * the numbers by one operation.
 *
 * @param question a mean is computed only when the question asks for a mean; a percentage only when
 * the question asks for a percentage or the answer has the unit `%`
 */
function follows(wanted: StatedNumber, statements: readonly string[], question: string): boolean {
  const asked = fold(question);
  const given = numbersIn(statements.join("\n"));
  const values = [...new Set(given.map((one) => one.value))];
  const meets = (value: number) => Number.isFinite(value) && sameAtPrecision(wanted, value);
  if (values.some(meets)) return true;
  if (statements.some((one) => itemsOf(one).length > 1 && itemsOf(one).length === wanted.value)) return true;
  if (values.length < 2 || values.length > MAX_OPERANDS) return false;
  const percent = wanted.unit === "%" || matchesAny(ASKS_PERCENT, asked);
  const total = values.reduce((sum, value) => sum + value, 0);
  if (meets(total) || (matchesAny(ASKS_MEAN, asked) && meets(total / values.length))) return true;
  return values.some((a, index) =>
    values.some((b, other) => {
      if (index === other) return false;
      const plain = [a + b, a - b, a * b, a / b];
      return [...plain, ...(percent ? [(100 * a) / b, (100 * (a - b)) / b] : [])].some(meets);
    }),
  );
}

/**
 * Whether a value equals the answer, rounded to the places that the answer is stated with. Whole
 * numbers must be equal exactly, unless the answer has a scale word: `1.2 million` is rounded.
 */
function sameAtPrecision({ value, places }: StatedNumber, other: number): boolean {
  if (Math.abs(value - other) <= 1e-9 * Math.max(1, Math.abs(value))) return true;
  if (Number.isInteger(value) && Number.isInteger(other) && places >= 0) return false;
  const scale = 10 ** -places;
  return Math.abs(value - other) <= scale / 2 + 1e-9 * Math.abs(value);
}
