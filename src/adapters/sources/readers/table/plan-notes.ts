/** Sentences that tell the user what is made of a table. */

import { FIELDS } from "../fields.js";
import type { ColumnPlan } from "./columns.js";

/** Most names of columns in a sentence. */
const MOST_NAMES = 8;

/** What is made of a table whose columns have no text. */
export function describePlan({ subject, short, long, coded }: ColumnPlan): string {
  const parts = [
    `No column is named ${FIELDS.text.slice(0, 2).join(" or ")}.`,
    `The subject of a row is its ${subject === null ? "file" : `\`${subject}\``} (other: --subject-field).`,
    ...(short.length === 0 ? [] : [`Lines of a card, each a fact: ${names(short)}.`]),
    ...(long.length === 0 ? [] : [`Text, in a document of its own: ${names(long)} (other: --text-field).`]),
    ...(coded.length === 0 ? [] : [`Not used, because the values are codes: ${names(coded)} (all: --card).`]),
  ];
  return parts.join(" ");
}

/** Several rows have the same subject. */
export function describeShared({ subject }: ColumnPlan, subjects: number, rows: number): string {
  return `Of the first ${rows} rows, only ${subjects} differ in the subject \`${subject}\`. A question about a subject then has several right answers. Name a column in which the rows differ (--subject-field).`;
}

/** The first row looks like the other rows. */
export function describeHeaderless(columns: readonly string[]): string {
  return `The first row looks like the rows below it: ${names(columns)}. Add a first row that names the columns.`;
}

function names(columns: readonly string[]): string {
  const shown = columns.slice(0, MOST_NAMES).map((name) => `\`${name}\``);
  const more = columns.length - shown.length;
  return `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
