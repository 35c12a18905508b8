import { squeeze } from "../normalise.js";
import type { AnswerType, Candidate, ParseResult, TaskFormat } from "../task.js";
import { toCandidate } from "./fields.js";
import { MAX_TEXT } from "./limits.js";
import { refuse } from "./refuse.js";

/** What separates the wrong options on their line, and all options in the Reasoner's prompt. */
export const OPTION_SEPARATOR = " | ";

/** Shortest text that counts as a question, in code units. */
const MIN_QUESTION = 10;
/** Answers and options are short by nature; a sentence is not one of them. */
const MAX_WORDS = 8;

/**
 * Reads a proposal of the `small` prompts, which end in `Question:` (repeating that label does no harm):
 *
 *     What is the capital of Chad?
 *     Answer: N'Djamena
 *     Wrong: Abuja | Niamey | Bangui      (multiple choice only)
 *
 * These lines and no others; the question ends in a question mark.
 */
export function parseSmallProposal(text: string, format: TaskFormat, finished: boolean): ParseResult {
  if (!finished) return refuse("truncated", "The generation hit its token limit before it ended.");
  if (text.length > MAX_TEXT)
    return refuse("too_long", `The generation has ${text.length} characters; ${MAX_TEXT} are allowed.`);
  const lines = text.trim().split(/\r?\n/);
  const expected = format.kind === "mcq" ? 3 : 2;
  if (lines.length !== expected)
    return refuse("unparsable", `The generation has ${lines.length} lines instead of ${expected}.`);
  const question = squeeze((lines[0] as string).replace(/^Question:/, ""));
  const answer = labelled(lines[1], "Answer");
  if (answer === null) return refuse("missing_field", "The second line does not start with Answer:.");
  if (!question.endsWith("?") || question.length < MIN_QUESTION)
    return refuse("bad_type", "The first line is not a question.");
  if (wordCount(answer) > MAX_WORDS)
    return refuse("too_long", `The answer has more than ${MAX_WORDS} words.`);
  return format.kind === "mcq"
    ? multipleChoice(question, answer, labelled(lines[2], "Wrong"))
    : candidate(question, answer, format.answerType, []);
}

/** The inverse of the parser. */
export function smallProposalText({ question, answer, answerType, options }: Candidate): string {
  const wrong = options.filter((option) => option !== answer).join(OPTION_SEPARATOR);
  return ` ${question}\nAnswer: ${answer}${answerType === "mcq" ? `\nWrong: ${wrong}` : ""}`;
}

function multipleChoice(question: string, answer: string, line: string | null): ParseResult {
  if (line === null) return refuse("missing_field", "The third line does not start with Wrong:.");
  const wrong = line.split("|").map(squeeze);
  if (wrong.length !== 3 || wrong.includes(""))
    return refuse("options_count", "The line Wrong: does not hold three options.");
  if (wrong.some((option) => wordCount(option) > MAX_WORDS))
    return refuse("too_long", `An option has more than ${MAX_WORDS} words.`);
  return candidate(question, answer, "mcq", [answer, ...wrong]);
}

function candidate(
  question: string,
  answer: string,
  answerType: AnswerType,
  options: readonly string[],
): ParseResult {
  return toCandidate({ question, answer, answerType, options, quotes: [] });
}

function labelled(line: string | undefined, label: string): string | null {
  return line?.startsWith(`${label}:`) === true ? squeeze(line.slice(label.length + 1)) : null;
}

function wordCount(text: string): number {
  return text.split(" ").length;
}
