import { LABELLED, passages } from "../../corpus/passages.js";
import type { Segment } from "../../records/document.js";
import { answerKey, contentWords } from "../../text/normalize.js";
import { definePatterns, type PatternSet } from "../../text/patterns.js";
import { type SearchableText, type Span, searchable } from "../../text/spans.js";
import { root } from "../../text/stems.js";

/** The text of a segment, made ready once for the checks of all its proposals. */
export interface SegmentText {
  readonly search: SearchableText;
  /** The passages that a question can be about. */
  readonly passages: readonly Span[];
  /** The lines of the form `Label: value`, without the line that only names the subject. */
  readonly lines: readonly LabelledLine[];
}

/** A line of the form `Label: value`. Places are UTF-16 code units of the segment's text. */
export interface LabelledLine {
  readonly label: string;
  /** The roots of the label's words with content, each once, in order. */
  readonly roots: readonly string[];
  readonly value: string;
  readonly start: number;
  readonly end: number;
  /** The whole line, made ready for searching. */
  readonly search: SearchableText;
}

/** Every line with a label, up to its end. */
const LABELLED_LINE = new RegExp(`${LABELLED.source}[^\\n]*$`, "gm");

export const LABELLED_LINES: PatternSet = definePatterns(
  (text) => text,
  [
    {
      name: "line with a label",
      pattern: LABELLED_LINE,
      matches: ["Country: Chad\nCapital: N'Djamena", "Area: 1,284,000 sq km"],
      spares: ["Chad lies in Africa.", "The vote ended at 10:45.\nNobody won."],
    },
  ],
);

/** Make a segment ready: fold its text for searching and find its passages and labelled lines. */
export function readSegment(segment: Segment): SegmentText {
  return {
    search: searchable(segment.text),
    passages: passages(segment),
    lines: labelledLines(segment),
  };
}

function labelledLines({ text, document }: Segment): readonly LabelledLine[] {
  const naming = answerKey(document.subject);
  return [...text.matchAll(LABELLED_LINE)].flatMap(({ index, 0: line }) => {
    const colon = line.indexOf(":");
    const [label, value] = [line.slice(0, colon), line.slice(colon + 1).trimStart()];
    if (naming !== "" && answerKey(value) === naming) return [];
    return [
      {
        label,
        roots: [...new Set(contentWords(label).map(root))],
        value,
        start: index,
        end: index + line.length,
        search: searchable(line),
      },
    ];
  });
}
