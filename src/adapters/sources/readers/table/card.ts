import type { Fact } from "../../../../core/records/document.js";
import { type Cells, LONGEST_VALUE } from "./columns.js";

/** A column with a fact: `fact:Capital`. Several values are separated by a vertical bar. */
const FACT_COLUMN = /^fact:\s*/i;
/** Most lines of a card below the line of the subject, and most characters of these lines. */
const MOST_LINES = 9;
const MOST_CHARACTERS = 360;

/** A part of a row as a text of lines `Column: value`, with its facts. */
export interface Card {
  readonly text: string;
  readonly facts: readonly Fact[];
}

/**
 * Makes cards from a row. Each card begins with the line of the subject. Each other line is a
 * filled column, and a fact about the subject. A row of many columns becomes several cards of about
 * equal length.
 *
 * @param subjectColumn column that names the subject; null for cards without a subject
 * @param columns the other columns
 * @param long what is done with a value that is too long for a fact: `keep` writes its line only
 */
export function cardsOf(
  fields: Cells,
  subjectColumn: string | null,
  columns: readonly string[],
  long: "keep" | "leave out",
): readonly Card[] {
  const subject = subjectColumn === null ? "" : oneLine(fields[subjectColumn]);
  const head = subjectColumn === null || subject === "" ? [] : [`${lineName(subjectColumn)}: ${subject}`];
  const lines = columns.flatMap((name) => {
    const value = oneLine(fields[name]);
    const isLong = value.length > LONGEST_VALUE;
    if (value === "" || (isLong && long === "leave out")) return [];
    const field = lineName(name);
    const values = FACT_COLUMN.test(name) ? valuesOf(value) : [value];
    return [{ text: `${field}: ${value}`, facts: isLong ? [] : [{ field, subject, values }] }];
  });
  if (lines.length === 0) return head.length === 0 ? [] : [{ text: head.join("\n"), facts: [] }];
  return divided(lines).map((part) => ({
    text: [...head, ...part.map(({ text }) => text)].join("\n"),
    facts: part.flatMap(({ facts }) => facts),
  }));
}

/** The facts in columns `fact:<name>` of a row. */
export function factColumns(fields: Cells, subject: string): readonly Fact[] {
  return Object.entries(fields).flatMap(([name, value]) =>
    isFactColumn(name) && value.trim() !== ""
      ? [{ field: name.replace(FACT_COLUMN, "").trim(), subject, values: valuesOf(value) }]
      : [],
  );
}

/** True for a column `fact:<name>`. */
export function isFactColumn(name: string): boolean {
  return FACT_COLUMN.test(name) && name.replace(FACT_COLUMN, "").trim() !== "";
}

/** The lines of each card: few cards, and none much shorter than the others. */
function divided<Line extends { readonly text: string }>(
  lines: readonly Line[],
): readonly (readonly Line[])[] {
  const characters = lines.reduce((sum, { text }) => sum + text.length, 0);
  const cards = Math.min(
    lines.length,
    Math.max(Math.ceil(lines.length / MOST_LINES), Math.ceil(characters / MOST_CHARACTERS)),
  );
  return Array.from({ length: cards }, (_, card) =>
    lines.slice(Math.ceil((card * lines.length) / cards), Math.ceil(((card + 1) * lines.length) / cards)),
  );
}

/** A value of several lines as one line, with commas. */
function oneLine(value: string | undefined): string {
  return (value ?? "")
    .split(/\s*[\r\n]+\s*/)
    .map((line) => line.trim().replace(/\s+/g, " "))
    .filter((line) => line !== "")
    .join(", ");
}

function valuesOf(cell: string): string[] {
  return cell
    .split("|")
    .map((value) => value.trim())
    .filter((value) => value !== "");
}

/** The name of a column as a line shows it: `year_built` and `yearBuilt` become `Year built`. */
function lineName(column: string): string {
  const words = column
    .replace(FACT_COLUMN, "")
    .replace(
      /(\p{Ll})(\p{Lu})(?=\p{Ll})/gu,
      (_, end: string, start: string) => `${end} ${start.toLowerCase()}`,
    )
    .replace(/[_.:\s]+/g, " ")
    .trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
