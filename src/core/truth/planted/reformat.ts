import { optionLetter } from "../../answers/mcq.js";
import type { Rng } from "../../random/rng.js";
import type { Task } from "../../records/task.js";

/** An answer in another form. `trick` names the change. */
export interface Planted {
  readonly trick: string;
  readonly text: string;
}

type Target = Pick<Task, "answer" | "answerType" | "shuffled">;
type Transform = readonly [trick: string, apply: (task: Target) => string | null];

const padded: Transform = ["padded", ({ answer }) => `  ${answer} `];
/** Case is only changed in texts where upper and lower case map one to one. */
const isAscii = (text: string): boolean => /^[\0-\x7f]*$/.test(text);
const letterOf = ({ answer, shuffled }: Target): string | null => {
  const index = shuffled.indexOf(answer);
  return index < 0 ? null : optionLetter(index);
};
const lettered =
  (write: (letter: string, task: Target) => string) =>
  (task: Target): string | null => {
    const letter = letterOf(task);
    return letter === null ? null : write(letter, task);
  };
/** Digits of a whole number with at least four digits; null for other texts. */
const plainDigits = (text: string): string | null => {
  const digits = text.replaceAll(",", "");
  return /^[+-]?[1-9]\d{3,}$/.test(digits) ? digits : null;
};

const MCQ: readonly Transform[] = [
  ["letter", lettered((letter) => letter)],
  ["letter_lower_case", lettered((letter) => letter.toLowerCase())],
  ["letter_in_parentheses", lettered((letter) => `(${letter})`)],
  ["letter_and_text", lettered((letter, { answer }) => `${letter}) ${answer}`)],
  ["option_text", ({ answer }) => answer],
  padded,
];
const INTEGER: readonly Transform[] = [
  ["thousands", ({ answer }) => plainDigits(answer)?.replace(/\B(?=(\d{3})+$)/g, ",") ?? null],
  ["plain_digits", ({ answer }) => plainDigits(answer)],
  ["unicode_minus", ({ answer }) => (/^-\d/.test(answer) ? `\u2212${answer.slice(1)}` : null)],
  padded,
];
const STRING: readonly Transform[] = [
  ["upper_case", ({ answer }) => (isAscii(answer) ? answer.toUpperCase() : null)],
  ["lower_case", ({ answer }) => (isAscii(answer) ? answer.toLowerCase() : null)],
  ["final_stop", ({ answer }) => (/[\p{L}\p{N}]$/u.test(answer) ? `${answer}.` : null)],
  ["curly_apostrophe", ({ answer }) => (answer.includes("'") ? answer.replaceAll("'", "\u2019") : null)],
  ["spaces_doubled", ({ answer }) => (answer.includes(" ") ? answer.replaceAll(" ", "  ") : null)],
  padded,
];
/** Adds or removes thousands separators. The unit stays. */
const QUANTITY: readonly Transform[] = [
  [
    "plain_digits",
    ({ answer }) =>
      /^[+-]?[1-9]\d{0,2}(?:,\d{3})+(?![\d,.])/.test(answer) ? answer.replaceAll(",", "") : null,
  ],
  padded,
];
const BOOLEAN_WORDS: Readonly<Record<string, string>> = {
  yes: "True",
  true: "yes",
  no: "False",
  false: "no",
};
const BOOLEAN: readonly Transform[] = [
  ["other_word", ({ answer }) => BOOLEAN_WORDS[answer.toLowerCase()] ?? null],
  ["upper_case", ({ answer }) => answer.toUpperCase()],
  padded,
];
const DATE: readonly Transform[] = [
  [
    "month_first",
    ({ answer }) => {
      const [, day, month, year] = /^(\d{1,2}) ([A-Z][a-z]+) (\d{4})$/.exec(answer) ?? [];
      return day === undefined ? null : `${month} ${day}, ${year}`;
    },
  ],
  padded,
];
/** Spaces around an answer never change its meaning. Types without other changes use this one. */
const ANY: readonly Transform[] = [padded];

const BY_TYPE: Readonly<Record<string, readonly Transform[]>> = {
  mcq: MCQ,
  integer: INTEGER,
  number: QUANTITY,
  quantity: QUANTITY,
  date: DATE,
  boolean: BOOLEAN,
  string: STRING,
};

/**
 * The gold answer in another form that means the same under its comparison rules. A verifier that
 * rejects this form is too strict.
 */
export function reformat(task: Target, rng: Rng): Planted {
  const fitting = (BY_TYPE[task.answerType] ?? ANY).flatMap(([trick, apply]) => {
    const text = apply(task);
    return text === null ? [] : [{ trick, text }];
  });
  return rng.pick(fitting);
}
