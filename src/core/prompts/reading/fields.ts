import { isOpaque, isVerifiable } from "../../answers/verify.js";
import type { AnswerPolicy, AnswerType } from "../../records/answer.js";
import type { ParseResult } from "../../records/task.js";
import { MAX_FIELD, MAX_QUOTES } from "./limits.js";
import { refuse } from "./refuse.js";

/**
 * The parts of a candidate before they are checked. White space in the texts is already squeezed.
 */
export interface Draft {
  readonly question: string;
  readonly answer: string;
  readonly answerType: AnswerType;
  readonly policy?: AnswerPolicy;
  readonly options: readonly string[];
  readonly quotes: readonly string[];
}

/**
 * Checks that apply to every format: no empty field, no field above its limit, and a gold answer
 * that can be verified as its type.
 */
export function toCandidate(draft: Draft): ParseResult {
  if (draft.question === "") return refuse("missing_field", "The question is empty.");
  if (draft.answer === "") return refuse("missing_field", "The answer is empty.");
  const long = tooLong(draft);
  if (long !== null) return refuse("too_long", long);
  const { answer, answerType, policy } = draft;
  if (isOpaque(answer, answerType, policy)) {
    return refuse("unverifiable_gold", `The formula "${answer}" has no form that can be compared.`);
  }
  if (!isVerifiable(answer, answerType, policy)) {
    return refuse("bad_type", `The answer "${answer}" cannot be read as ${answerType}.`);
  }
  return { ok: true, candidate: draft };
}

function tooLong({ question, answer, options, quotes }: Draft): string | null {
  const over = (what: string, text: string, limit: number): string | null =>
    text.length > limit ? `${what} has ${text.length} characters; ${limit} are allowed.` : null;
  if (quotes.length > MAX_QUOTES) return `There are ${quotes.length} quotes; ${MAX_QUOTES} are allowed.`;
  return (
    over("The question", question, MAX_FIELD.question) ??
    over("The answer", answer, MAX_FIELD.answer) ??
    options.map((option) => over("An option", option, MAX_FIELD.option)).find((detail) => detail !== null) ??
    quotes.map((quote) => over("A quote", quote, MAX_FIELD.quote)).find((detail) => detail !== null) ??
    null
  );
}
