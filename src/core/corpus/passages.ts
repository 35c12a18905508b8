import type { Segment } from "../records/document.js";
import { answerKey, words } from "../text/normalize.js";
import type { Span } from "../text/spans.js";

/**
 * The passages of a segment that a question can be about. A passage is a line, or a sentence of
 * running text. A passage has at least two words and says more than the name of the document's
 * subject.
 *
 * @returns spans in the segment's text, in order, without surrounding white space
 */
export function passages({ text, document }: Segment): readonly Span[] {
  const naming = answerKey(document.subject);
  return [...text.matchAll(LINES)].flatMap(({ index, 0: line }) => {
    const parts = line.length <= LINE_LENGTH ? [{ index: 0, 0: line }] : [...line.matchAll(SENTENCES)];
    return parts.flatMap(({ index: offset, 0: part }): Span[] => {
      const content = part.trim();
      const start = index + offset + part.indexOf(content);
      const says = answerKey(content.slice(content.indexOf(":") + 1));
      if (words(content).length < 2 || (naming !== "" && says === naming)) return [];
      return [{ start, end: start + content.length }];
    });
  });
}

/** The text of a span of a segment. */
export function passageText({ text }: Segment, { start, end }: Span): string {
  return text.slice(start, end);
}

const LINES = /[^\n]+/g;

/** A longer line, in UTF-16 code units, is running text and is cut into sentences. */
const LINE_LENGTH = 120;

/**
 * A sentence: up to a full stop, question mark or exclamation mark before white space and a capital
 * letter or digit, or up to the end.
 */
const SENTENCES = /.+?(?:[.!?](?=\s+[\p{Lu}\p{N}"“])|$)/gu;
