import type { AnswerType } from "../../records/answer.js";
import type { ParseResult, TaskFormat } from "../../records/task.js";
import { answerKey, squeeze } from "../../text/normalize.js";
import { writtenNumber } from "../../text/written-json.js";
import { toCandidate } from "../reading/fields.js";
import { type JsonObject, lastJsonObject } from "../reading/json.js";
import { splitOptions } from "../reading/options.js";
import { readPolicy } from "../reading/policy.js";
import { refuse } from "../reading/refuse.js";

/**
 * Reads a proposal of the `paper` prompts: one JSON object with the field names of SPICE (appendix
 * E, Fig. 10). Only the fields that a task needs are required. The planning fields are not read.
 */
export function parsePaperProposal(text: string, format: TaskFormat, finished: boolean): ParseResult {
  if (!finished) return refuse("truncated", "The text hit the token limit before its end.");
  const object = lastJsonObject(text);
  if (object === null)
    return refuse("unparsable", "There is no strict JSON object at the end of the generation.");
  return format.kind === "mcq" ? multipleChoice(object) : freeForm(object, format.answerType);
}

function multipleChoice(object: JsonObject): ParseResult {
  const full = textField(object, "multiple_choice_question");
  const letter = textField(object, "multiple_choice_correct");
  const answer = textField(object, "correct_answer");
  const quotes = listField(object, "answer_quote");
  if (!full.ok) return full;
  if (!letter.ok) return letter;
  if (!answer.ok) return answer;
  if (!quotes.ok) return quotes;
  const lettered = splitOptions(full.value);
  if (lettered === null)
    return refuse("options_count", "multiple_choice_question does not list options A), B), C), D) in order.");
  const name = /^\(?([A-Z])\)?[.:)]?$/i.exec(letter.value.trim())?.[1]?.toUpperCase();
  if (name === undefined) return refuse("bad_type", "multiple_choice_correct must be a single letter.");
  const gold = lettered.options[name.charCodeAt(0) - 65];
  if (gold === undefined)
    return refuse(
      "options_without_answer",
      `multiple_choice_correct is ${name}, which is not among the options.`,
    );
  const stated = answerKey(answer.value);
  const other = lettered.options.find((option) => option !== gold && answerKey(option) === stated);
  if (other !== undefined) {
    return refuse(
      "options_without_answer",
      `correct_answer is "${other}" but multiple_choice_correct names "${gold}".`,
    );
  }
  const question =
    lettered.stem === "" && typeof object["exam_question"] === "string"
      ? squeeze(object["exam_question"])
      : lettered.stem;
  return toCandidate({
    question,
    answer: gold,
    answerType: "mcq",
    options: lettered.options,
    quotes: quotes.value,
  });
}

function freeForm(object: JsonObject, asked: Exclude<AnswerType, "mcq">): ParseResult {
  const question = textField(object, "question");
  const answer = answerField(object, asked);
  const type = textField(object, "answer_type");
  const quotes = listField(object, "relevant_quotes");
  if (!question.ok) return question;
  if (!answer.ok) return answer;
  if (!type.ok) return type;
  if (!quotes.ok) return quotes;
  if (type.value.trim().toLowerCase() !== asked) {
    return refuse(
      "bad_type",
      `answer_type is "${squeeze(type.value).slice(0, 40)}" but ${asked} was asked for.`,
    );
  }
  const policy = readPolicy(asked, {
    tolerance: object["tolerance"],
    unit: object["unit"],
    precision: object["precision"],
    elements: object["element_type"],
    aliases: object["aliases"],
  });
  if (policy === null) return refuse("bad_type", `What is said about the ${asked} answer cannot be read.`);
  return toCandidate({
    question: squeeze(question.value),
    answer: squeeze(answer.value),
    answerType: asked,
    ...(policy === undefined ? {} : { policy }),
    options: [],
    quotes: quotes.value,
  });
}

type Field<T> = { readonly ok: true; readonly value: T } | Extract<ParseResult, { ok: false }>;

function textField(object: JsonObject, name: string): Field<string> {
  const value = object[name];
  if (value === undefined || value === null) return refuse("missing_field", `The field ${name} is missing.`);
  return typeof value === "string"
    ? { ok: true, value }
    : refuse("bad_type", `The field ${name} must be text.`);
}

/**
 * Reads the answer: a text, or a number with its digits as written; `true` or `false` for a
 * boolean; an array of scalars or a text for lists and sets. Everything else is refused, because
 * the prompt asks for a scalar.
 */
function answerField(object: JsonObject, type: AnswerType): Field<string> {
  const value = object["answer"];
  const number = writtenNumber(value);
  if (number !== null) return { ok: true, value: number };
  if (type === "boolean" && typeof value === "boolean") return { ok: true, value: String(value) };
  if ((type !== "list" && type !== "set") || !Array.isArray(value)) return textField(object, "answer");
  const items = value.map((item: unknown) => writtenNumber(item) ?? item);
  return items.every((item): item is string => typeof item === "string" && !item.includes(";"))
    ? { ok: true, value: items.join("; ") }
    : refuse("bad_type", "The items of answer must be texts without semicolons, or numbers.");
}

function listField(object: JsonObject, name: string): Field<string[]> {
  const value = object[name];
  if (value === undefined || value === null) return refuse("missing_field", `The field ${name} is missing.`);
  const list: unknown[] = Array.isArray(value) ? value : [value];
  const quotes: string[] = [];
  for (const item of list) {
    if (typeof item !== "string") return refuse("bad_type", `The field ${name} must be a list of texts.`);
    if (squeeze(item) !== "") quotes.push(squeeze(item));
  }
  return { ok: true, value: quotes };
}
