import type { Segment } from "../../records/document.js";
import { findSpan, type Span } from "../../text/spans.js";
import type { LabelledLine, SegmentText } from "../document/segment-text.js";
import type { EvidenceInput } from "../input.js";

/** The statement that holds a place of the segment: its line, or, of running text, its sentence. */
export function statementAt({ text }: Segment, { passages }: SegmentText, at: number): string {
  const passage = passages.find((one) => one.start <= at && at < one.end);
  if (passage !== undefined) return text.slice(passage.start, passage.end);
  const start = text.lastIndexOf("\n", Math.max(0, at - 1)) + 1;
  const end = text.indexOf("\n", at);
  return text.slice(start, end < 0 ? text.length : end).trim();
}

/**
 * The statements of the evidence: those of every quote, else the one in which the answer was found.
 */
export function evidenceStatements({ candidate, segment, text, evidence }: EvidenceInput): readonly string[] {
  const quoted = candidate.quotes.flatMap((quote): Span[] => {
    const span = findSpan(text.search, quote);
    return span === null ? [] : [span];
  });
  const places = quoted.length > 0 ? quoted : evidence === null ? [] : [evidence];
  return [
    ...new Set(
      places.flatMap(({ start, end }) => [
        segment.text.slice(start, end),
        statementAt(segment, text, start),
        statementAt(segment, text, Math.max(start, end - 1)),
      ]),
    ),
  ];
}

/** The line of `lines` that holds a place; null when none does. */
export function lineAt(lines: readonly LabelledLine[], at: number): LabelledLine | null {
  return lines.find(({ start, end }) => start <= at && at <= end) ?? null;
}

/**
 * The items of an enumeration: the value behind a label, cut at commas, semicolons, slashes, `and`
 * and `or`, without notes in brackets.
 */
export function itemsOf(statement: string): readonly string[] {
  return statement
    .slice(statement.indexOf(": ") < 0 ? 0 : statement.indexOf(": ") + 2)
    .split(/\s*[,;/]\s+(?:and |or )?|\s+(?:and|or)\s+/)
    .map((item) =>
      item
        .replace(/\([^)]*\)/g, "")
        .replace(/[.]$/, "")
        .trim(),
    )
    .filter((item) => item !== "");
}
