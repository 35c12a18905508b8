import { paragraphsOf, sentencesOf } from "../../corpus/sentences.js";
import type { Span } from "../../text/spans.js";

/** Longest sentence that is returned whole, in UTF-16 code units. */
const LONGEST = 320;

/**
 * The sentence of a text that holds the evidence, in one line. A longer sentence is cut around the
 * evidence.
 *
 * @param evidence place in the text
 */
export function evidenceSentence(text: string, evidence: Span): string {
  const isAfterStart = (span: Span) => span.end > evidence.start;
  const paragraph = paragraphsOf(text).find(isAfterStart) ?? { start: 0, end: text.length };
  const sentence = sentencesOf(text, paragraph).find(isAfterStart) ?? paragraph;
  const end = Math.max(sentence.end, evidence.end);
  if (end - sentence.start <= LONGEST) return oneLine(text.slice(sentence.start, end));
  const around = Math.max(0, Math.floor((LONGEST - (evidence.end - evidence.start)) / 2));
  const from = Math.max(sentence.start, evidence.start - around);
  const to = Math.min(end, Math.max(evidence.end, evidence.start + LONGEST - around), from + LONGEST);
  return `${from > sentence.start ? "… " : ""}${oneLine(text.slice(from, to))}${to < end ? " …" : ""}`;
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ").trim();
