import { passages } from "../../corpus/passages.js";
import type { Segment } from "../../records/document.js";
import { answerKey } from "../../text/normalize.js";
import { findSpan, type Span } from "../../text/spans.js";

/** Cuts of the segment that all proposals on it share. */
interface Cuts {
  readonly passages: readonly Span[];
  readonly lines: readonly LabelledLine[];
}

const known = new WeakMap<Segment, Cuts>();

function cutsOf(segment: Segment): Cuts {
  const cuts = known.get(segment) ?? { passages: passages(segment), lines: cutLines(segment) };
  known.set(segment, cuts);
  return cuts;
}

/** The statement that holds a place of the segment: its line, or, of running text, its sentence. */
export function statementAt(segment: Segment, at: number): string {
  const { text } = segment;
  const passage = cutsOf(segment).passages.find(({ start, end }) => start <= at && at < end);
  if (passage !== undefined) return text.slice(passage.start, passage.end);
  const start = text.lastIndexOf("\n", Math.max(0, at - 1)) + 1;
  const end = text.indexOf("\n", at);
  return text.slice(start, end < 0 ? text.length : end).trim();
}

/** The statements that the evidence lies in: those of every quote, else the one where the answer was found. */
export function evidenceStatements(
  quotes: readonly string[],
  segment: Segment,
  evidence: Span | null,
): readonly string[] {
  const spans = quotes.flatMap((quote) => findSpan(segment.text, quote) ?? []);
  const places = spans.length > 0 ? spans : evidence === null ? [] : [evidence];
  return [
    ...new Set(
      places.flatMap(({ start, end }) => {
        const whole = segment.text.slice(start, end);
        return [whole, statementAt(segment, start), statementAt(segment, Math.max(start, end - 1))];
      }),
    ),
  ];
}

/** A line of the form `Label: value`. */
export interface LabelledLine {
  readonly label: string;
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

const LABELLED = /^([^:\n]{2,48}): +(\S[^\n]*)$/gm;

/** The labelled lines of a segment, without the one that only names its subject. */
export function labelledLines(segment: Segment): readonly LabelledLine[] {
  return cutsOf(segment).lines;
}

function cutLines({ text, document }: Segment): readonly LabelledLine[] {
  const naming = answerKey(document.subject);
  return [...text.matchAll(LABELLED)].flatMap(({ index, 0: line, 1: label = "", 2: value = "" }) =>
    naming !== "" && answerKey(value) === naming
      ? []
      : [{ label, value, start: index, end: index + line.length }],
  );
}

/** The line of `lines` that holds a place; null when none does. */
export function lineAt(lines: readonly LabelledLine[], at: number): LabelledLine | null {
  return lines.find(({ start, end }) => start <= at && at <= end) ?? null;
}

/** Items of an enumeration, without the words that introduce it: the value behind a label, cut at commas, semicolons and `and`. */
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
