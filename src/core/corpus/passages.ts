import type { Segment } from "../records/document.js";
import { answerKey, squeeze, words } from "../text/normalize.js";
import type { Span } from "../text/spans.js";
import { paragraphsOf, sentencesOf } from "./sentences.js";

/**
 * The passages of a segment that a question can be about. A passage is a line with a label
 * (`Capital: Berlin`), or a sentence. Hard line breaks inside a paragraph do not end a sentence. A
 * passage has at least two words and says more than the name of the document's subject.
 *
 * @returns spans in the segment's text, in order, without surrounding white space
 */
export function passages({ text, document }: Segment): readonly Span[] {
  const naming = answerKey(document.subject);
  return paragraphsOf(text).flatMap((paragraph) => {
    const whole = text.slice(paragraph.start, paragraph.end);
    const isLine = whole.length <= LINE_LENGTH && LABELLED.test(whole) && !whole.includes("\n");
    const parts = isLine ? [paragraph] : sentencesOf(text, paragraph);
    return parts.filter(({ start, end }) => {
      const content = text.slice(start, end);
      const says = answerKey(content.slice(content.indexOf(":") + 1));
      return words(content).length >= 2 && !(naming !== "" && says === naming);
    });
  });
}

/**
 * The passages of a segment, without a first passage that is only the end of a sentence. A long
 * text is cut into segments, and a cut may be inside a sentence. Then the segment begins with the
 * end of that sentence.
 */
export function wholePassages(segment: Segment): readonly Span[] {
  const { start, document } = segment;
  const before = document.text.slice(0, start);
  const isCut = start > 0 && !/[.!?:;]["'\u201d)\]]*\s*$|\n\s*\n\s*$/.test(before.slice(-8));
  const all = passages(segment);
  return isCut ? all.slice(1) : all;
}

/** The text of a span of a segment, as the segment has it. */
export function passageText({ text }: Segment, { start, end }: Span): string {
  return text.slice(start, end);
}

/** The text of a span of a segment on one line, as a prompt shows it. */
export function passageLine(segment: Segment, span: Span): string {
  return squeeze(passageText(segment, span));
}

/** A line with a label: `Capital: Berlin`. */
export const LABELLED = /^[^:\n]{2,48}: +\S/;
/**
 * Longest line with a label, in UTF-16 code units. A longer line is prose and is cut into
 * sentences.
 */
const LINE_LENGTH = 120;
