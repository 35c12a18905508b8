import { ANSWER_TYPES } from "../../records/answer.js";
import type { ParseResult } from "../../records/task.js";
import { squeeze } from "../../text/normalize.js";
import { parseWritten, writtenNumber } from "../../text/written-json.js";
import { toCandidate } from "./fields.js";
import { readPolicy } from "./policy.js";
import { refuse } from "./refuse.js";

/**
 * Reads a candidate that a person wrote or that a run recorded: a JSON object with `question`,
 * `answer` and `answerType`, and where they apply `options`, `quotes` and `policy`. An answer can
 * be a number; its digits stay as written. Other fields are not read.
 *
 * @returns null for a text that is not an object with a question and an answer; the text may then
 * be the proposal of a model
 */
export function readCandidate(text: string): ParseResult | null {
  const object = objectOf(text);
  if (object === null || !("question" in object && "answer" in object)) return null;
  // The JSON of the family `paper` has these names too.
  if ("answer_type" in object) return null;
  const question = textOf(object["question"]);
  const answer = textOf(object["answer"]);
  if (question === null) return refuse("bad_type", "The field question must be a text.");
  if (answer === null) return refuse("bad_type", "The field answer must be a text or a number.");
  const answerType = ANSWER_TYPES.find((one) => one === object["answerType"]);
  if (answerType === undefined)
    return refuse("bad_type", `The field answerType must be one of ${ANSWER_TYPES.join(", ")}.`);
  const options = textsOf(object["options"]);
  const quotes = textsOf(object["quotes"]);
  if (options === null || quotes === null)
    return refuse("bad_type", "The fields options and quotes must be lists of texts.");
  const policy = readPolicy(answerType, policyOf(object["policy"]));
  if (policy === null) return refuse("bad_type", "The field policy cannot be read.");
  return toCandidate({
    question: squeeze(question),
    answer: squeeze(answer),
    answerType,
    ...(policy === undefined ? {} : { policy }),
    options,
    quotes,
  });
}

function objectOf(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value = parseWritten(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject && writtenNumber(value) === null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : writtenNumber(value);
}

/** A list of texts; empty for a field that is absent or null; null for another value. */
function textsOf(value: unknown): readonly string[] | null {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return null;
  const texts = value.map(textOf).filter((text) => text !== null);
  return texts.length < value.length ? null : texts.map(squeeze);
}

function policyOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
