import { definePatterns, type PatternSet } from "../../text/patterns.js";
import { findSpan } from "../../text/spans.js";
import { spellings } from "./subject.js";

/** The text that replaces the subject. */
const MASK = "X";

const CAPITALIZED = /(?<=\s)\p{Lu}[\p{L}\p{N}.'’-]*(?:\s+\p{Lu}[\p{L}\p{N}.'’-]*)*/gu;

export const CAPITALIZED_NAMES: PatternSet = definePatterns(
  (text) => text,
  [
    {
      name: "capitalized words after the first word",
      pattern: CAPITALIZED,
      matches: ["What is the capital of Ivory Coast in 1990?", "Who rules South Korea?"],
      spares: ["Which is it?", "Chad is what?"],
    },
  ],
);

/**
 * A question without its subject: "What is the capital of X?". All spellings of the subject are
 * masked. When the subject is not known, every run of capitalized words after the first word is
 * masked, which is right for English.
 *
 * @returns null when nothing could be masked
 */
export function maskSubject(question: string, subject: string): string | null {
  const masked =
    subject === ""
      ? question.replaceAll(CAPITALIZED, MASK)
      : [subject, ...spellings(subject).map((spelling) => spelling.join(" "))].reduce(maskAll, question);
  return masked === question ? null : masked;
}

/**
 * The template of a question: its subject and numbers are masked, so that only the phrasing is
 * left.
 */
export function templateOf(question: string, subject: string): string {
  return (maskSubject(question, subject) ?? question).replaceAll(/\d+(?:[.,]\d+)*/g, "#");
}

function maskAll(question: string, spelling: string): string {
  let rest = question;
  // Every turn shortens what is left to search; a mask is shorter than any name or is the name.
  for (let turn = 0; turn < question.length; turn += 1) {
    const span = findSpan(rest, spelling);
    if (span === null || rest.slice(span.start, span.end) === MASK) break;
    rest = `${rest.slice(0, span.start)}${MASK}${rest.slice(span.end)}`;
  }
  return rest;
}
