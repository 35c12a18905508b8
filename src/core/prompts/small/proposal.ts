import type { AnswerPolicy, AnswerType, FreeAnswerType } from "../../records/answer.js";
import type { Prompt } from "../../records/prompt.js";
import type { Candidate, ParseResult, TaskFormat } from "../../records/task.js";
import { counted } from "../../text/counted.js";
import { squeeze } from "../../text/normalize.js";
import { toCandidate } from "../reading/fields.js";
import { MAX_TEXT } from "../reading/limits.js";
import { type PolicyText, readPolicy } from "../reading/policy.js";
import { refuse } from "../reading/refuse.js";

/** Separates the wrong options on their line, and all options in the Reasoner's prompt. */
export const OPTION_SEPARATOR = " | ";

/** Shortest question, in UTF-16 code units. */
const MIN_QUESTION = 10;
/** Largest number of words of an answer or an option. A sentence is not an answer. */
const MAX_WORDS = 8;
/** Largest number of words of a list or a set. */
const MAX_LIST_WORDS = 32;

/**
 * The types of free answers whose proposals may have a third line. For each type: the label of the
 * line, and the comparison rule that the line sets.
 */
const DETAILS: Partial<
  Readonly<Record<FreeAnswerType, readonly [label: string, field: "tolerance" | "elements"]>>
> = {
  number: ["Tolerance", "tolerance"],
  quantity: ["Tolerance", "tolerance"],
  list: ["Items", "elements"],
  set: ["Items", "elements"],
};

/**
 * Reads a proposal of the prompts `small`. The prompts end in `Question:`, so the first line is the
 * question:
 *
 *     What is the capital of Chad?
 *     Answer: N'Djamena
 *     Wrong: Abuja | Niamey | Bangui
 *
 * A template of the user may end in `Answer:`. Then the first line is the answer, and the second
 * line is `Question: What is the capital of Chad?`. The label of the second line says which order
 * the text has. The first line may begin with its label again.
 *
 * The line `Wrong:` is for multiple choice only. A number or a quantity may have a third line
 * `Tolerance: 1%`. A list or a set may have a third line `Items: integer`, the type of the items.
 * Other lines are refused. The question must end in a question mark.
 */
export function parseSmallProposal(text: string, format: TaskFormat, finished: boolean): ParseResult {
  if (!finished) return refuse("truncated", "The text hit the token limit before its end.");
  if (text.length > MAX_TEXT)
    return refuse("too_long", `The text has ${text.length} characters; ${MAX_TEXT} are allowed.`);
  const lines = text.trim().split(/\r?\n/);
  const detail = format.kind === "mcq" ? undefined : DETAILS[format.answerType];
  const expected = format.kind === "mcq" || (detail !== undefined && lines.length === 3) ? 3 : 2;
  if (lines.length !== expected)
    return refuse("unparsable", `The text has ${counted(lines.length, "line")} instead of ${expected}.`);
  const first = squeeze((lines[0] as string).replace(/^(?:Question|Answer):/, ""));
  const laterQuestion = labelled(lines[1], "Question");
  const second = laterQuestion ?? labelled(lines[1], "Answer");
  if (second === null)
    return refuse("missing_field", "The second line does not start with Question: or with Answer:.");
  const [question, answer] = laterQuestion === null ? [first, second] : [second, first];
  if (!question.endsWith("?") || question.length < MIN_QUESTION)
    return refuse("not_a_question", "The line of the question is not a question.");
  if (answer === "") return refuse("missing_field", "The line of the answer is empty.");
  const isMany = format.kind === "free" && (format.answerType === "list" || format.answerType === "set");
  const most = isMany ? MAX_LIST_WORDS : MAX_WORDS;
  if (wordCount(answer) > most) return refuse("too_long", `The answer has more than ${most} words.`);
  if (format.kind === "mcq") return multipleChoice(question, answer, labelled(lines[2], "Wrong"));
  const said = lines[2] === undefined || detail === undefined ? {} : detailOf(lines[2], detail);
  const policy = said === null ? null : readPolicy(format.answerType, said);
  if (policy === null) return refuse("bad_type", "The third line cannot be read.");
  return candidate(question, answer, format.answerType, [], policy);
}

/**
 * The text that the parser reads as this candidate.
 *
 * @param prompt the prompt that the text continues; when it ends in `Question:`, the text begins
 * with the question
 */
export function smallProposalText(
  { question, answer, answerType, options, policy }: Candidate,
  prompt: Prompt,
): string {
  const wrong = options.filter((option) => option !== answer).join(OPTION_SEPARATOR);
  const [label, field] = (answerType === "mcq" ? undefined : DETAILS[answerType]) ?? [];
  const said = field === undefined ? undefined : policy?.[field];
  const detail = said === undefined ? "" : `\n${label}: ${said}`;
  const asked = endOf(prompt).endsWith("Question:")
    ? `${question}\nAnswer: ${answer}`
    : `${answer}\nQuestion: ${question}`;
  return ` ${asked}${answerType === "mcq" ? `\nWrong: ${wrong}` : detail}`;
}

/** The last text of a prompt, without white space at its end. */
export function endOf(prompt: Prompt): string {
  const text = prompt.kind === "text" ? prompt.text : (prompt.messages.at(-1)?.content ?? "");
  return text.trimEnd();
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
  policy?: AnswerPolicy,
): ParseResult {
  const declared = policy === undefined ? {} : { policy };
  return toCandidate({ question, answer, answerType, options, quotes: [], ...declared });
}

function detailOf(
  line: string,
  [label, field]: readonly [string, "tolerance" | "elements"],
): PolicyText | null {
  const value = labelled(line, label);
  return value === null ? null : { [field]: value };
}

function labelled(line: string | undefined, label: string): string | null {
  return line?.startsWith(`${label}:`) === true ? squeeze(line.slice(label.length + 1)) : null;
}

function wordCount(text: string): number {
  return text.split(" ").length;
}
