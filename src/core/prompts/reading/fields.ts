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
 * Checks that apply to every format: no empty field, no field above its limit, no control
 * character, and a gold answer that can be verified as its type.
 */
export function toCandidate(draft: Draft): ParseResult {
  if (draft.question === "") return refuse("missing_field", "The question is empty.");
  if (draft.answer === "") return refuse("missing_field", "The answer is empty.");
  const long = tooLong(draft);
  if (long !== null) return refuse("too_long", long);
  const control = withControlCharacter(draft);
  if (control !== null) return refuse("control_character", control);
  const { answer, answerType, policy } = draft;
  if (isOpaque(answer, answerType, policy)) {
    return refuse("unverifiable_gold", `The formula "${answer}" has no form that can be compared.`);
  }
  if (!isVerifiable(answer, answerType, policy)) {
    return refuse("bad_type", `The answer "${answer}" cannot be read as ${answerType}.`);
  }
  return { ok: true, candidate: draft };
}

/** A control character, or half of a surrogate pair. White space is squeezed before. */
const CONTROL = /[\p{Cc}\p{Cs}]/u;

function withControlCharacter({ question, answer, options, quotes, policy }: Draft): string | null {
  const fields = [
    ["The question", question],
    ["The answer", answer],
    ...options.map((option) => ["An option", option] as const),
    ...quotes.map((quote) => ["A quote", quote] as const),
    ...(policy?.aliases ?? []).map((alias) => ["An alias", alias] as const),
    ["The unit", policy?.unit ?? ""],
    ["The tolerance", policy?.tolerance ?? ""],
  ] as const;
  for (const [what, text] of fields) {
    const [found] = CONTROL.exec(text) ?? [];
    if (found === undefined) continue;
    const code = found.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
    return `${what} contains U+${code}, which is no character of a text.`;
  }
  return null;
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
