import { parseRational } from "../../answers/rational.js";
import type { Candidate } from "../../records/task.js";
import { answerKey, containsWords, fold, squeeze } from "../../text/normalize.js";
import { type CheckResult, PASSED, refused } from "../check.js";

/** Options of a multiple-choice task (SPICE section E: A to D). */
export const OPTION_COUNT = 4;

const CATCH_ALL =
  /^(?:all|none|both|neither|any|either)\b.*\b(?:above|below|these|options?|choices?|[a-d] (?:and|or|nor) [a-d])\b/;

/**
 * Exactly four options that differ after normalisation (equal numbers count as equal), the answer among them.
 * No wrong option may hold the answer or be held by it ("French" beside "French and Arabic"): both would be
 * right. We shuffle them, so an option that speaks of the others ("all of the above") or is itself a letter
 * cannot be used. Tasks without options pass.
 */
export function checkOptions({ answerType, answer, options }: Candidate): CheckResult {
  if (answerType !== "mcq") return PASSED;
  if (options.length !== OPTION_COUNT)
    return refused("options_count", `There are ${options.length} options instead of ${OPTION_COUNT}.`);
  const unusable = options.find(
    (option) => CATCH_ALL.test(squeeze(fold(option))) || /^\W*[A-Za-z]\W*$/.test(option),
  );
  if (unusable !== undefined)
    return refused("options_unusable", `The option "${unusable}" cannot be shuffled.`);
  const keys = options.map(optionKey);
  if (keys.includes("")) return refused("options_unusable", "An option has no letters or digits.");
  const twin = options.find((_, index) => keys.indexOf(keys[index] as string) < index);
  if (twin !== undefined) return refused("options_duplicate", `The option "${twin}" stands there twice.`);
  const gold = keys.indexOf(optionKey(answer));
  if (gold < 0) return refused("options_without_answer", `The answer "${answer}" is not among the options.`);
  const nested = options.find((option, index) => index !== gold && overlaps(option, answer));
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
