import type { Fact } from "../../../core/records/document.js";
import { FIELDS } from "./fields.js";

/**
 * Columns that say something about a row and are no content of it. A column `language` or `kind` of
 * a table is content.
 */
const ABOUT_ROW: ReadonlySet<string> = new Set([
  ...FIELDS.id,
  ...FIELDS.url,
  ...FIELDS.licence,
  ...FIELDS.optOut,
  "lang",
]);
/** Longest value of a fact, in characters. A longer value is no short answer. */
const LONGEST_VALUE = 100;
/** A column with a fact: `fact:Capital`. Several values are separated by a vertical bar. */
const FACT_COLUMN = /^fact:\s*/i;

/** A row as a text of lines `Column: value`, with its facts. */
export interface Card {
  readonly text: string;
  readonly subject: string;
  readonly facts: readonly Fact[];
}

/**
 * Makes a card from a row. The card has a line for each column that has a value and does not only
 * say something about the row (`isAboutRow`). The value is also a fact about the subject, except in
 * two cases: the column names the subject; the value is long or has several lines.
 *
 * @param subjectColumn column that names the subject; by default `subject`, or the first column
 * with content
 */
export function cardOf(
  columns: readonly string[],
  fields: Readonly<Record<string, string>>,
  subjectColumn?: string,
): Card {
  const content = columns.filter((name) => name !== "" && !isAboutRow(name));
  const shown = content.filter((name) => fields[name]?.trim());
  const about = subjectColumn ?? content.find((name) => name === "subject") ?? content[0] ?? "";
  const subject = fields[about]?.trim() ?? "";
  const facts = shown.flatMap((name) => {
    const value = fields[name]?.trim() ?? "";
    if (name === about || value.length > LONGEST_VALUE || value.includes("\n")) return [];
    return [{ field: lineName(name), subject, values: FACT_COLUMN.test(name) ? valuesOf(value) : [value] }];
  });
  const lines = shown.map((name) => `${lineName(name)}: ${fields[name]?.trim() ?? ""}`);
  return { text: lines.join("\n"), subject, facts };
}

/** The facts in columns `fact:<name>` of a row. */
export function factColumns(fields: Readonly<Record<string, string>>, subject: string): readonly Fact[] {
  return Object.entries(fields).flatMap(([name, value]) =>
    isFactColumn(name) && value.trim() !== ""
      ? [{ field: name.replace(FACT_COLUMN, "").trim(), subject, values: valuesOf(value) }]
      : [],
  );
}

/** True for a column that says something about a row. */
export function isAboutRow(column: string): boolean {
  return ABOUT_ROW.has(column);
}

/** True for a column `fact:<name>`. */
export function isFactColumn(name: string): boolean {
  return FACT_COLUMN.test(name) && name.replace(FACT_COLUMN, "").trim() !== "";
}

function valuesOf(cell: string): string[] {
  return cell
    .split("|")
    .map((value) => value.trim())
    .filter((value) => value !== "");
}

/** The name of a column as a line shows it: `year_built` becomes `Year built`. */
function lineName(column: string): string {
  const name = column.replace(FACT_COLUMN, "").replace(/_+/g, " ").trim();
  return name.charAt(0).toUpperCase() + name.slice(1);
}
