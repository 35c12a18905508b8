import { defineCheck, PASSED, refused } from "../../checks/check.js";
import type { Candidate } from "../../records/task.js";
import { answerKey, containsWords, words } from "../../text/normalize.js";
import type { CandidateInput } from "../input.js";

/** Answers of a question that asks whether something is so. */
const VERDICTS: ReadonlySet<string> = new Set(
  "yes no true false ja nein wahr falsch oui non vrai faux sí si verdadero falso sim não nao да нет tak nie evet hayır 是 否 はい いいえ".split(
    " ",
  ),
);
/** `or` in the larger languages. */
const OR: ReadonlySet<string> = new Set(
  "or oder ou o eller или або albo lub czy veya yoksa या أو 或 或者 还是 還是 または それとも 또는 아니면".split(
    " ",
  ),
);
/** `and`, which joins choices behind `between`, `of` or `from`. */
const AND: ReadonlySet<string> = new Set("and und et y e i и oraz ve".split(" "));
const OUT_OF: ReadonlySet<string> = new Set("between of among from zwischen von entre между".split(" "));
/** Most words of one choice. */
const LONGEST = 8;
/** What is offered beside the answer must be a thing, not `another city` or `something else`. */
const EMPTY_CHOICE =
  /^(?:an? |the )?(?:another|other|others|something|someone|anything|else|not|nothing|none|neither)\b/;

/** True when the answer says whether something is so: `yes`, `false`. */
export function isVerdict(answer: string): boolean {
  return VERDICTS.has(answerKey(answer));
}

/**
 * True when the question offers the answer as one of several choices: `Which is larger, 7 or 9?`.
 */
export function offersAnswer({ question, answer }: Pick<Candidate, "question" | "answer">): boolean {
  const key = words(answerKey(answer));
  if (key.length === 0 || isVerdict(answer)) return false;
  const all = clauseWords(question);
  return all.some((word, at) => {
    const joins = OR.has(word) || (AND.has(word) && follows(all, at));
    if (!joins) return false;
    const left = choiceBefore(all, at);
    const right = choiceAfter(all, at);
    if (EMPTY_CHOICE.test(right.join(" ")) || EMPTY_CHOICE.test(left.join(" "))) return false;
    return right.length > 0 && left.length > 0 && (containsWords(right, key) || containsWords(left, key));
  });
}

/** `between`, `of` or `from` stands shortly before the first choice. */
function follows(all: readonly string[], at: number): boolean {
  return all.slice(Math.max(0, at - LONGEST - 1), at).some((word) => OUT_OF.has(word));
}

/** The words of a text, with the marks that end a clause as words of their own. */
function clauseWords(text: string): readonly string[] {
  return text
    .split(/([:;?!。？]|[,،、](?=\s|$|\D))/)
    .flatMap((part) => (/^[:;?!。？,،、]$/.test(part) ? [part] : words(part)));
}

const BREAK = /^[:;?!。？]$/;

/** The words of the choices before `or`: a comma parts choices, other marks end them. */
function choiceBefore(all: readonly string[], at: number): readonly string[] {
  const start = all.slice(0, at).findLastIndex((word) => BREAK.test(word)) + 1;
  return all.slice(Math.max(start, at - 2 * LONGEST), at).filter((word) => word !== ",");
}

/** The words of the choice behind `or`. */
function choiceAfter(all: readonly string[], at: number): readonly string[] {
  const rest = all.slice(at + 1, at + 1 + LONGEST);
  const end = rest.findIndex((word) => BREAK.test(word) || word === ",");
  return end < 0 ? rest : rest.slice(0, end);
}

/**
 * A question may name the choices between which it asks. That gives nothing away that the question
 * could hide, and a guess is right half of the time.
 */
export const choice = defineCheck({
  setting: "choice",
  codes: { choice_named: "question names its answer among choices" },
  stage: "checks",
  describe:
    "The question must not offer its answer as one of several choices: `Which is larger, 7 or 9?`. Such a question is no answer leak.",
  paper: "not checked",
  demo: "count",
  cost: "comparisons of words",
  run: ({ candidate }: CandidateInput) =>
    candidate.answerType !== "mcq" && offersAnswer(candidate)
      ? refused("choice_named", `The question offers its answer "${candidate.answer}" as a choice.`)
      : PASSED,
});
