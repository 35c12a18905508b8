import { optionLetter } from "../../answers/mcq.js";
import type { Rng } from "../../random/rng.js";
import type { Task } from "../../records/task.js";
import { answerKey } from "../../text/normalize.js";
import type { Planted } from "./reformat.js";

type Target = Pick<Task, "answer" | "answerType" | "shuffled">;

const OPPOSITES: Readonly<Record<string, string>> = { yes: "no", true: "false", no: "yes", false: "true" };
const LETTERS = "abcdefghijklmnopqrstuvwxyz";

/**
 * A wrong answer that is close to the gold: a judge that accepts it can be fooled. For multiple choice another option or all
 * letters at once; where there are digits another leading digit, which no tolerance or rounding forgives; elsewhere another
 * letter, a negation or two answers in one.
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

/** The first digit becomes another one, and not 0: the number differs by its leading place. */
export function changeDigit(text: string, rng: Rng): string {
  return text.replace(/\d/, (digit) => {
    const others = "123456789".replace(digit, "");
    return rng.pick([...others]);
  });
}

/** One letter becomes another of the basic Latin alphabet; a text without such a letter gains one. */
export function changeLetter(text: string, rng: Rng): string {
  // A letter of a LaTeX command may not matter: `\\dfrac` and `\\tfrac` are one.
  const places = text.includes("\\")
    ? []
    : [...text].flatMap((char, place) => (/[A-Za-z]/.test(char) ? [place] : []));
  if (places.length === 0) return `${text}${rng.pick([...LETTERS])}`;
  const chosen = rng.pick(places);
  return [...text]
    .map((char, place) => (place === chosen ? rng.pick([...LETTERS.replace(char.toLowerCase(), "")]) : char))
    .join("");
}
