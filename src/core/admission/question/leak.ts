import { type CheckResult, defineCheck, PASSED, refused } from "../../checks/check.js";
import type { Candidate } from "../../records/task.js";
import { answerKey, containsWords, contentWords, words } from "../../text/normalize.js";
import { withDigits } from "../../text/numbers.js";
import { findSpan } from "../../text/spans.js";
import { singular } from "../../text/stems.js";
import { hasUnspaced } from "../../text/unspaced.js";
import type { CandidateInput } from "../input.js";
import { isVerdict, offersAnswer } from "./choice.js";

/** An answer with fewer letters stands inside longer words by chance: Niger in Nigeria. */
const MIN_INSIDE_LETTERS = 6;

/**
 * The words of an answer stand together when at most this many other words are between them, or as
 * many as the answer has.
 */
const MAX_BETWEEN = 3;

/**
 * The question must not give its answer away: word for word, in another form (`five` for 5, a
 * plural for a singular), with the words in another order, or inside a longer word (`German` in
 * `Germany`). A yes/no question gives nothing away by the words `true or false`. A question that
 * offers its answer as a choice is the concern of the check `choice`.
 */
export const leak = defineCheck({
  setting: "leak",
  codes: { answer_leak: "question gives the answer away" },
  stage: "checks",
  describe:
    "The question must not contain the answer in any of these forms: as written, with the words in another order, as a number word, as a plural, inside a longer word. Answers of yes/no questions and choices that the question names are no leaks.",
  paper: "not checked",
  demo: "refuse",
  cost: "comparisons of words",
  run: ({ candidate }: CandidateInput) => checkLeak(candidate),
});

function checkLeak(candidate: Candidate): CheckResult<"answer_leak"> {
  const { question, answer } = candidate;
  if (isVerdict(answer) || offersAnswer(candidate)) return PASSED;
  const asked = comparable(question);
  const key = comparable(answerKey(answer));
  if (containsWords(asked, key))
    return refused("answer_leak", `The question contains its answer "${answer}".`);
  if (hasUnspaced(answer) && [...answer].length > 1 && findSpan(question, answer) !== null)
    return refused("answer_leak", `The question contains its answer "${answer}".`);
  const content = comparable(contentWords(answer).join(" "));
  if (content.length > 1 && standTogether(asked, content)) {
    return refused("answer_leak", `The question contains every word of its answer "${answer}".`);
  }
  const [only = "", ...others] = key;
  if (others.length === 0 && only.length >= MIN_INSIDE_LETTERS && /^\p{L}+$/u.test(only)) {
    const longer = asked.find((word) => word.includes(only));
    if (longer !== undefined)
      return refused("answer_leak", `The question's word "${longer}" contains the answer "${answer}".`);
  }
  return PASSED;
}

/**
 * Whether all words stand in one short part of the question, in any order. Words that are scattered
 * over a long question are its subject, not its answer.
 */
function standTogether(asked: readonly string[], content: readonly string[]): boolean {
  const length = content.length + Math.max(MAX_BETWEEN, content.length);
  if (!content.every((word) => asked.includes(word))) return false;
  return asked.some((_, start) => {
    const part = asked.slice(start, start + length);
    return content.every((word) => part.includes(word));
  });
}

function comparable(text: string): string[] {
  return withDigits(words(text)).map(singular);
}
