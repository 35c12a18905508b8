import { optionLetter } from "../../answers/mcq.js";
import type { Rng } from "../../random/rng.js";
import type { Task } from "../../records/task.js";
import { answerKey } from "../../text/normalize.js";
import type { Planted } from "./reformat.js";

type Target = Pick<Task, "answer" | "answerType" | "shuffled">;

const OPPOSITES: Readonly<Record<string, string>> = { yes: "no", true: "false", no: "yes", false: "true" };
const LETTERS = "abcdefghijklmnopqrstuvwxyz";

/**
 * A wrong answer that is close to the gold answer, to test the verifier. For multiple choice:
 * another option, or all letters at once. With digits: another leading digit, which no tolerance
 * accepts. Otherwise: another letter, a negation, or two answers in one.
 */
export function perturb(task: Target, rng: Rng): Planted {
  const { answer, answerType, shuffled } = task;
  const wrong = shuffled.filter((option) => answerKey(option) !== answerKey(answer));
  if (answerType === "mcq" && wrong.length > 0) {
    const option = rng.pick(wrong);
    return rng.pick([
      { trick: "other_option", text: option },
      { trick: "other_letter", text: optionLetter(shuffled.indexOf(option)) },
      { trick: "all_letters", text: shuffled.map((_, index) => optionLetter(index)).join(", ") },
    ]);
  }
  if (answerType === "boolean")
    return { trick: "opposite", text: OPPOSITES[answer.toLowerCase()] ?? "maybe" };
  if (/\d/.test(answer)) return { trick: "digit", text: changeDigit(answer, rng) };
  return rng.pick([
    { trick: "letter", text: changeLetter(answer, rng) },
    { trick: "negated", text: `not ${answer}` },
    { trick: "hedged", text: `${answer} or ${changeLetter(answer, rng)}` },
  ]);
}

/** Changes the first digit to another digit that is not 0. */
export function changeDigit(text: string, rng: Rng): string {
  return text.replace(/\d/, (digit) => {
    const others = "123456789".replace(digit, "");
    return rng.pick([...others]);
  });
}

/**
 * Changes one letter of the basic Latin alphabet to another. A text without such a letter gets one
 * more letter.
 */
export function changeLetter(text: string, rng: Rng): string {
  // Letters of LaTeX commands are not changed, because `\\dfrac` and `\\tfrac` mean the same.
  const places = text.includes("\\")
    ? []
    : [...text].flatMap((char, place) => (/[A-Za-z]/.test(char) ? [place] : []));
  if (places.length === 0) return `${text}${rng.pick([...LETTERS])}`;
  const chosen = rng.pick(places);
  return [...text]
    .map((char, place) => (place === chosen ? rng.pick([...LETTERS.replace(char.toLowerCase(), "")]) : char))
    .join("");
}
