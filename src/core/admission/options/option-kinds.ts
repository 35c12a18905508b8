import { words } from "../../text/normalize.js";
import { type Check, PASSED, refused } from "../check.js";

const MONTHS = new Set(
  "january february march april may june july august september october november december".split(" "),
);
/** Fewer letters are no word ("K" beside "Kigali"), unless they are two capitals ("UK"). */
const MIN_LETTERS = 3;

/**
 * What sort of thing an answer is, as far as its characters tell: a date, a number with the word after it (its unit), or words.
 */
function kindOf(text: string): string {
  const parts = words(text);
  if (!parts.some((part) => /\d/.test(part))) {
    const letters = text.match(/\p{L}/gu)?.length ?? 0;
    return letters < MIN_LETTERS && !/^\W*\p{Lu}{2}\W*$/u.test(text) ? "letters" : "words";
  }
  if (parts.some((part) => MONTHS.has(part))) return "date";
  const unit = parts.at(-1) ?? "";
  const currency = /\p{Sc}/u.exec(text)?.[0] ?? "";
  return `number${currency}${/\d/.test(unit) ? "" : ` of ${unit}`}`;
}

/**
 * The wrong options must be the same sort of thing as the answer, or the question can be answered by looking at its options: "57
 * years" among 12, 13 and 14 (a reward hack that was seen within sixteen steps). The paper's prompt asks for options of
 * similar length and the same units. Tasks without options pass.
 */
export const checkOptionKinds: Check = ({ answer, answerType, options }) => {
  if (answerType !== "mcq") return PASSED;
  const wanted = kindOf(answer);
  const other = options.find((option) => kindOf(option) !== wanted);
  return other === undefined
    ? PASSED
    : refused("options_unlike", `The option "${other}" is not of the same kind as the answer "${answer}".`);
};
