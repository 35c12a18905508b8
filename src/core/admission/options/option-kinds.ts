import { defineCheck, PASSED, refused } from "../../checks/check.js";
import { words } from "../../text/normalize.js";
import type { CandidateInput } from "../input.js";

const MONTHS: ReadonlySet<string> = new Set(
  "january february march april may june july august september october november december".split(" "),
);
/** Fewer letters are no word ("K" beside "Kigali"), unless they are two capitals ("UK"). */
const MIN_LETTERS = 3;

/**
 * The kind of an answer, by its characters: a date, a number with the word after it (its unit), or
 * words.
 */
function kindOf(text: string): string {
  // A digit behind letters belongs to a name: `SSHv2`, `RAID-5`.
  if (!/(?:^|\s)[^\p{L}\s]*\d/u.test(text)) {
    const letters = text.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
    return letters < MIN_LETTERS && !/^\W*\p{Lu}{2}\W*$/u.test(text) ? "letters" : "words";
  }
  const parts = words(text);
  if (parts.some((part) => MONTHS.has(part))) return "date";
  const unit = parts.at(-1) ?? "";
  const currency = /\p{Sc}/u.exec(text)?.[0] ?? "";
  return `number${currency}${/\d/.test(unit) ? "" : ` of ${unit}`}`;
}

/**
 * Wrong options of another kind show which option is right: "57 years" among 12, 13 and 14. A
 * Challenger was seen to learn this trick within sixteen steps. The paper's prompt asks for options
 * of similar length and the same units. Tasks without options pass.
 */
export const optionKinds = defineCheck({
  setting: "optionKinds",
  codes: { options_unlike: "options of another kind than the answer" },
  stage: "checks",
  describe: "Wrong options must be of the answer's kind: words, a date, a number with the same unit.",
  paper: "asked for in the prompt, not checked",
  demo: "refuse",
  cost: "comparisons of 4 options",
  run: ({ candidate: { answer, answerType, options } }: CandidateInput) => {
    if (answerType !== "mcq") return PASSED;
    const wanted = kindOf(answer);
    const other = options.find((option) => kindOf(option) !== wanted);
    return other === undefined
      ? PASSED
      : refused("options_unlike", `The option "${other}" is not of the same kind as the answer "${answer}".`);
  },
});
