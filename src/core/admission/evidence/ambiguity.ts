import { type CheckResult, defineCheck, PASSED, refused } from "../../checks/check.js";
import type { Candidate } from "../../records/task.js";
import { answerKey, containsWords, fold, words } from "../../text/normalize.js";
import { numbersOf } from "../../text/numbers.js";
import { anyWord, definePatterns, matchesAny } from "../../text/patterns.js";
import { PICKING, RANKED_PLURAL } from "../../text/picks.js";
import type { Span } from "../../text/spans.js";
import { singular } from "../../text/stems.js";
import { LABELLED_LINES, type LabelledLine } from "../document/segment-text.js";
import type { EvidenceInput } from "../input.js";
import { listItem, NO_ITEM } from "./list-rival.js";
import { evidenceStatements, lineAt } from "./statements.js";

/** Words by which a question picks one of several dated values. */
const PICKS_A_DATE = definePatterns(fold, [
  {
    name: "latest or first",
    pattern: anyWord("latest current recent first earliest"),
    matches: ["What was the latest growth of Chad?", "What is the most recent unemployment rate of Mali?"],
    spares: ["What was the growth of Chad?", "What is the currency of Chad?"],
  },
]);

/**
 * The document itself holds another answer to the question in four cases: the statement is a list
 * and the answer is one of its items; it gives several dated values and the question has no date;
 * it gives the amount in two units and the question has no unit; or a second line with the same
 * label has another value. Only the text is looked at: structured facts are the oracle that
 * measures admission.
 */
export const ambiguity = defineCheck({
  setting: "ambiguity",
  codes: { ambiguous: "document holds a second answer" },
  stage: "checks",
  describe:
    "The document must not contain a second answer: another item of a list, a value of another year or unit, a second line with the same label.",
  demo: "refuse",
  cost: "comparisons with the list items, values and labels of the document",
  patterns: [PICKS_A_DATE, LABELLED_LINES, PICKING, RANKED_PLURAL, NO_ITEM],
  run: checkAmbiguity,
});

function checkAmbiguity(input: EvidenceInput): CheckResult<"ambiguous"> {
  const { candidate, text, evidence } = input;
  if (evidence === null) return PASSED;
  const statements = evidenceStatements(input);
  const other =
    sameLabel(candidate, text.lines, evidence) ??
    statements
      .map((one) => datedValue(candidate, one) ?? otherUnit(candidate, one) ?? listItem(candidate, one))
      .find((one) => one !== null) ??
    null;
  return other === null
    ? PASSED
    : refused("ambiguous", `The document also answers the question with ${other}.`);
}

/** `Capital: A` and, elsewhere, `Capital: B`. */
function sameLabel({ answer }: Candidate, lines: readonly LabelledLine[], { start }: Span): string | null {
  const own = lineAt(lines, start);
  if (own === null) return null;
  const label = answerKey(own.label);
  const twin = lines.find(
    (line) =>
      line !== own &&
      answerKey(line.label) === label &&
      !containsWords(words(line.value), words(answerKey(answer))),
  );
  return twin === undefined ? null : `"${twin.value}" (a second line "${twin.label}")`;
}

const YEAR = /^(?:1[0-9]|20)\d\d$/;

/** Several values, each with its year, and a question that names none of the years. */
function datedValue({ question, answer }: Candidate, statement: string): string | null {
  const all = words(statement);
  const numbers = numbersOf(all);
  const years = numbers.filter((one) => YEAR.test(all[one.start] ?? "") && one.unit !== "km");
  const values = numbers.filter((one) => !years.includes(one) && !isDayOfMonth(all, one.start));
  const [wanted] = numbersOf(words(answer));
  if (wanted === undefined || new Set(years.map((one) => one.value)).size < 2) return null;
  const asked = new Set(words(question));
  if (
    years.some((one) => asked.has(String(one.value))) ||
    matchesAny(PICKS_A_DATE, PICKS_A_DATE.prepare(question))
  )
    return null;
  const own = values.find((one) => one.value === wanted.value);
  if (own === undefined) return null;
  const rival = values.find(
    (one) =>
      one.value !== wanted.value &&
      one.unit === own.unit &&
      yearOf(one.end, years) !== yearOf(own.end, years),
  );
  return rival === undefined ? null : `${rival.value}, of another year`;
}

/** The year that stands closest behind a value. */
function yearOf(
  end: number,
  years: readonly { readonly start: number; readonly value: number }[],
): number | null {
  return years.find((one) => one.start >= end)?.value ?? null;
}

const MONTHS: ReadonlySet<string> = new Set(
  "january february march april may june july august september october november december".split(" "),
);

function isDayOfMonth(all: readonly string[], at: number): boolean {
  return MONTHS.has(all[at + 1] ?? "") || MONTHS.has(all[at - 1] ?? "");
}

/**
 * The statement gives the amount in a second unit (`1,284,000 sq km (495,755 sq mi)`), and neither
 * the question nor the answer names a unit.
 */
function otherUnit({ question, answer, options }: Candidate, statement: string): string | null {
  const all = words(statement);
  const [wanted, ...more] = numbersOf(words(answer));
  if (wanted === undefined || more.length > 0 || wanted.unit !== "" || options.length > 0) return null;
  const numbers = numbersOf(all);
  const own = numbers.find((one) => one.value === wanted.value);
  if (own === undefined || own.unit === "") return null;
  const asked = new Set(words(question).map(singular));
  if (
    own.unit.split(" ").every((word) => asked.has(word) || LONG_UNITS[word]?.some((long) => asked.has(long)))
  )
    return null;
  const rival = numbers.find(
    (one) => one !== own && one.unit !== own.unit && sameDimension(one.unit, own.unit),
  );
  return rival === undefined ? null : `${rival.value} ${rival.unit}`;
}

const LONG_UNITS: Readonly<Record<string, readonly string[]>> = {
  sq: ["square"],
  km: ["kilometer", "kilometre"],
  mi: ["mile"],
  m: ["meter", "metre"],
  ft: ["foot", "feet"],
  kg: ["kilogram", "kilo"],
  lb: ["pound"],
  "%": ["percent", "percentage", "share", "proportion"],
};

const DIMENSIONS: readonly ReadonlySet<string>[] = [
  new Set([
    "sq km",
    "square kilometer",
    "square kilometre",
    "sq mi",
    "square mile",
    "hectare",
    "acre",
    "sq m",
    "sq ft",
  ]),
  new Set(["km", "kilometer", "kilometre", "mi", "mile", "m", "meter", "metre", "ft", "foot", "feet", "nm"]),
  new Set(["kg", "kilogram", "lb", "pound", "ton", "tonne", "g", "gram", "ounce"]),
  new Set(["celsius", "fahrenheit", "c", "f", "k", "kelvin"]),
  new Set(["dollar", "euro", "pound", "usd", "eur", "yen"]),
];

function sameDimension(a: string, b: string): boolean {
  return DIMENSIONS.some((units) => units.has(a) && units.has(b));
}
