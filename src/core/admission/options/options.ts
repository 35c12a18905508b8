import { parseRational } from "../../answers/rational.js";
import { type CheckResult, defineCheck, PASSED, refused } from "../../checks/check.js";
import type { Candidate } from "../../records/task.js";
import { counted } from "../../text/counted.js";
import { answerKey, containsWords, fold, squeeze } from "../../text/normalize.js";
import { definePatterns, matchesAny } from "../../text/patterns.js";
import type { CandidateInput } from "../input.js";

/** Options of a multiple-choice task (SPICE section E: A to D). */
export const OPTION_COUNT = 4;

/** Options that depend on the other options or on their order. */
const CATCH_ALL = definePatterns(
  (text) => squeeze(fold(text)),
  [
    {
      name: "all of the above",
      pattern:
        /^(?:all|none|both|neither|any|either)\b.*\b(?:above|below|these|options?|choices?|[a-d] (?:and|or|nor) [a-d])\b/,
      matches: ["All of the above", "None of these", "Both A and B"],
      spares: ["None", "All citizens over the age of 18", "Both Chad and Libya"],
    },
  ],
);

/** An option that is a letter would be confused with the letters under which options are shown. */
const LETTERS = definePatterns(
  (text) => text,
  [
    {
      name: "one letter",
      pattern: /^\W*[A-Za-z]\W*$/,
      matches: ["A", "(b)"],
      spares: ["Rome", "7"],
    },
  ],
);

const CODES = {
  options_count: "not four options",
  options_duplicate: "two options alike",
  options_without_answer: "answer not among the options",
  options_unusable: "options that cannot be told apart or used",
} as const;

/**
 * The form of options is always checked, because a task without four distinct options cannot be
 * shown. No wrong option may hold the answer or be held by it ("French" beside "French and
 * Arabic"): both would be right. Equal numbers count as equal options. Tasks without options pass.
 */
export const options = defineCheck({
  setting: null,
  codes: CODES,
  stage: "checks",
  describe:
    "Multiple choice has four distinct options, and one option is the answer. No other option contains the answer, and no option refers to other options.",
  cost: "comparisons of 4 options",
  patterns: [CATCH_ALL, LETTERS],
  run: ({ candidate }: CandidateInput) => checkOptions(candidate),
});

function checkOptions({ answerType, answer, options: shown }: Candidate): CheckResult<keyof typeof CODES> {
  if (answerType !== "mcq") return PASSED;
  if (shown.length !== OPTION_COUNT)
    return refused("options_count", `${counted(shown.length, "option")} instead of ${OPTION_COUNT}.`);
  const unusable = shown.find(
    (option) => matchesAny(CATCH_ALL, CATCH_ALL.prepare(option)) || matchesAny(LETTERS, option),
  );
  if (unusable !== undefined)
    return refused("options_unusable", `The option "${unusable}" cannot be shuffled.`);
  const keys = shown.map(optionKey);
  if (keys.includes("")) return refused("options_unusable", "An option has no letters or digits.");
  const twin = shown.find((_, index) => keys.indexOf(keys[index] as string) < index);
  if (twin !== undefined) return refused("options_duplicate", `The option "${twin}" stands there twice.`);
  const gold = keys.indexOf(optionKey(answer));
  if (gold < 0) return refused("options_without_answer", `The answer "${answer}" is not among the options.`);
  const nested = shown.find((option, index) => index !== gold && overlaps(option, answer));
  return nested === undefined
    ? PASSED
    : refused("options_duplicate", `The option "${nested}" overlaps the answer "${answer}".`);
}

function overlaps(option: string, answer: string): boolean {
  const [one, other] = [answerKey(option).split(" "), answerKey(answer).split(" ")];
  return containsWords(one, other) || containsWords(other, one);
}

function optionKey(option: string): string {
  const value = parseRational(option);
  return value === null ? answerKey(option) : `=${value.numerator}/${value.denominator}`;
}
