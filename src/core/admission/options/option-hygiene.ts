import { type CheckResult, defineCheck, PASSED, refused } from "../../checks/check.js";
import { counted } from "../../text/counted.js";
import { answerKey, words } from "../../text/normalize.js";
import { numbersIn } from "../../text/numbers.js";
import { PICKING, picksOne, RANKED_PLURAL } from "../../text/picks.js";
import { findSpan } from "../../text/spans.js";
import { itemsOf, statementAt } from "../evidence/statements.js";
import type { CandidateInput, EvidenceInput } from "../input.js";

/**
 * The answer is conspicuous when it has `LONG_RATIO` times the characters of the longest other
 * option and `LONG_MARGIN` characters more.
 */
const LONG_RATIO = 1.8;
const LONG_MARGIN = 12;
/**
 * A number this many times away from all others, while those are within `CLOSE_RATIO` of each
 * other, stands out.
 */
const OUTLIER_RATIO = 10;
const CLOSE_RATIO = 3;

/** Many question writers make the right option the longest. A model learns this habit. */
export const optionLength = defineCheck({
  setting: "optionLength",
  codes: { options_length: "answer is the one long option" },
  stage: "checks",
  describe: "The answer must not be much longer than every other option.",
  paper: "asked for in the prompt, not checked",
  demo: "refuse",
  cost: "comparisons of 4 options",
  run: ({ candidate: { answer, answerType, options } }: CandidateInput) => {
    if (answerType !== "mcq") return PASSED;
    const longest = Math.max(0, ...wrong(answer, options).map((option) => option.length));
    return answer.length >= LONG_RATIO * longest && answer.length - longest >= LONG_MARGIN
      ? refused(
          "options_length",
          `The answer has ${counted(answer.length, "character")}, the longest other option ${longest}.`,
        )
      : PASSED;
  },
});

/** Options that are numbers must not show which of them was not made up. Other tasks pass. */
export const optionPattern = defineCheck({
  setting: "optionPattern",
  codes: { options_pattern: "answer stands out among the numbers" },
  stage: "checks",
  describe:
    "Where all options are numbers, the answer must not stand out. It must not be the only precise number. It must not be ten times larger or smaller than all wrong options. When the steps between the wrong options are equal (10, 20, 30), the answer must continue these steps.",
  demo: "refuse",
  cost: "comparisons of 4 options",
  run: checkPattern,
});

function checkPattern({
  candidate: { answer, answerType, options },
}: CandidateInput): CheckResult<"options_pattern"> {
  if (answerType !== "mcq") return PASSED;
  const gold = onlyNumber(answer);
  const others = wrong(answer, options).map(onlyNumber);
  if (gold === null || others.length < 3 || others.includes(null)) return PASSED;
  const rest = (others as number[]).sort((a, b) => a - b);
  const digits = Math.max(...rest.map(significantDigits));
  if (digits <= 2 && significantDigits(gold) >= digits + 2)
    return refused("options_pattern", `"${answer}" is the one precise number among round ones.`);
  const [low, high] = [rest[0] as number, rest.at(-1) as number];
  if (
    low > 0 &&
    high / low <= CLOSE_RATIO &&
    gold > 0 &&
    (gold / high >= OUTLIER_RATIO || low / gold >= OUTLIER_RATIO)
  )
    return refused("options_pattern", `"${answer}" is far from all other options.`);
  return steps(rest) && !steps([...rest, gold].sort((a, b) => a - b))
    ? refused("options_pattern", `"${answer}" breaks the equal steps of the other options.`)
    : PASSED;
}

/**
 * Useless where wrong options come from other documents, for example in the tasks of the warm start
 * on fact cards. Tasks without options pass.
 */
export const optionVerbatim = defineCheck({
  setting: "optionVerbatim",
  codes: { options_verbatim: "answer is the only option in the document" },
  stage: "checks",
  describe:
    "The answer must not be the only option that stands in the document. Do not switch this check on where wrong options come from other documents.",
  cost: "4 searches in the segment",
  run: ({ candidate: { answer, answerType, options }, text: { search } }: EvidenceInput) => {
    if (answerType !== "mcq" || findSpan(search, answer) === null) return PASSED;
    return wrong(answer, options).some((option) => findSpan(search, option) !== null)
      ? PASSED
      : refused("options_verbatim", `"${answer}" is the only option that stands in the document.`);
  },
});

/**
 * A wrong option that stands beside the answer in the same enumeration of the document is as right
 * as the answer, unless the question picks one (`the largest`). Tasks without options pass.
 */
export const optionTruth = defineCheck({
  setting: "optionTruth",
  codes: { options_two_right: "a second option is right" },
  stage: "checks",
  describe:
    "When the answer is an item of a list in the document, no wrong option may be another item of that list.",
  paper: "not checked",
  demo: "refuse",
  cost: "comparisons of the items of one list",
  patterns: [PICKING, RANKED_PLURAL],
  run: checkTruth,
});

function checkTruth({
  candidate: { answer, answerType, options, question },
  segment,
  text,
  evidence,
}: EvidenceInput): CheckResult<"options_two_right"> {
  if (answerType !== "mcq" || evidence === null || picksOne(question)) return PASSED;
  const place = findSpan(segment.text.slice(evidence.start, evidence.end), answer);
  const statement = statementAt(segment, text, evidence.start + (place?.start ?? 0));
  const items = itemsOf(statement).map(words);
  const stands = (option: string) => {
    const key = answerKey(option).split(" ");
    return items.some((item, index) => matches(item, key, index === 0, index === items.length - 1));
  };
  const parts = itemsOf(answer).map((item) => answerKey(item));
  if (!parts.every(stands)) return PASSED;
  const twin = wrong(answer, options).find((option) => itemsOf(option).every(stands));
  return twin === undefined
    ? PASSED
    : refused(
        "options_two_right",
        `The document supports the option "${twin}" as well as the answer "${answer}".`,
      );
}

/**
 * An item is the option; the first item may have words before the option, the last item words
 * behind it.
 */
function matches(item: readonly string[], key: readonly string[], first: boolean, last: boolean): boolean {
  if (key.length === 0 || key.length > item.length) return false;
  const whole = item.length === key.length;
  const at = (offset: number) => key.every((word, index) => item[offset + index] === word);
  if (whole) return at(0);
  return (first && at(item.length - key.length)) || (last && at(0));
}

function wrong(answer: string, options: readonly string[]): string[] {
  const key = answerKey(answer);
  return options.filter((option) => answerKey(option) !== key);
}

/** The value of a text that is one number, perhaps with a unit. */
function onlyNumber(text: string): number | null {
  const [number, ...more] = numbersIn(text);
  return number === undefined || more.length > 0 || words(text).length > 4 ? null : number.value;
}

function significantDigits(value: number): number {
  return (
    String(Math.abs(value))
      .replace(/[.e].*$/, "")
      .replace(/0+$/, "").length + (String(value).split(".")[1]?.length ?? 0)
  );
}

/** Three numbers or more at equal distances, not all the same. */
function steps(sorted: readonly number[]): boolean {
  const gaps = sorted.slice(1).map((value, index) => value - (sorted[index] as number));
  const [first = 0] = gaps;
  return (
    gaps.length >= 2 && first !== 0 && gaps.every((gap) => Math.abs(gap - first) <= 1e-9 * Math.abs(first))
  );
}
