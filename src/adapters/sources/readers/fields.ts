import type { Fact } from "../../../core/records/document.js";
import type { Metadata } from "./reader.js";

/** Fields of a record, a row or front matter. The first name is the one that messages use. */
export const FIELDS = {
  text: ["text", "content", "body", "raw_content", "markdown"],
  id: ["id", "doc_id", "document_id"],
  title: ["title", "name"],
  url: ["url", "source_url", "uri"],
  licence: ["license", "licence"],
  language: ["language", "lang"],
  kind: ["kind"],
  subject: ["subject"],
  facts: ["facts"],
  optOut: ["opt_out", "optOut", "opted_out", "noai", "no_train", "tdm_reservation"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

const KNOWN: ReadonlySet<string> = new Set(Object.values(FIELDS).flat());

/** Fields by their name. */
export type Fields = Readonly<Record<string, unknown>>;

/** A value of the wrong type. The message names the field. */
export class FieldError extends Error {}

/** What the fields say about a text, beside the text itself. */
export interface About {
  readonly metadata: Metadata;
  /** Empty when there is none. */
  readonly title: string;
  /** Null when there is none. */
  readonly id: string | null;
  /** Names of fields that have no meaning here. */
  readonly unknown: readonly string[];
}

/**
 * Reads the fields that are documented in docs/corpus.md.
 *
 * @param meant names of other fields that the caller gives a meaning
 * @throws FieldError for a value of the wrong type
 */
export function aboutOf(fields: Fields, meant: readonly (string | undefined)[] = []): About {
  const title = textField(fields, FIELDS.title);
  const subject = textField(fields, FIELDS.subject);
  return {
    title: title ?? "",
    id: textField(fields, FIELDS.id),
    metadata: {
      url: textField(fields, FIELDS.url),
      licence: textField(fields, FIELDS.licence),
      language: textField(fields, FIELDS.language),
      kind: textField(fields, FIELDS.kind),
      subject,
      facts: factsOf(fields, subject ?? title ?? ""),
      ...(isOptedOut(fields) && { optOut: true }),
    },
    unknown: Object.keys(fields).filter((name) => !KNOWN.has(name) && !meant.includes(name)),
  };
}

/**
 * The first of these fields that has a text or a number, as a text; null when there is none. Empty
 * texts and null count as none.
 *
 * @throws FieldError
 */
export function textField(fields: Fields, names: readonly string[]): string | null {
  for (const name of names) {
    const value = fieldAt(fields, name);
    if (value === undefined || value === null) continue;
    const text = asText(value);
    if (text === null) throw new FieldError(`The field ${name} must be a text, not ${typeName(value)}.`);
    if (text.trim() !== "") return text.trim();
  }
  return null;
}

/**
 * The value at a name. A name that no field has can be a path into objects: `meta.text` is the
 * field `text` of the object `meta`.
 */
export function fieldAt(fields: Fields, name: string): unknown {
  if (Object.hasOwn(fields, name) || !name.includes(".")) return fields[name];
  return name
    .split(".")
    .reduce<unknown>(
      (value, key) =>
        typeof value === "object" && value !== null && Object.hasOwn(value, key)
          ? (value as Fields)[key]
          : undefined,
      fields,
    );
}

/** Levels of objects whose fields are named. */
const NAMED_LEVELS = 3;

/** The names of fields, and the paths of fields in objects: `meta`, `meta.text`. */
export function fieldNames(fields: Fields, above = "", level = 1): readonly string[] {
  return Object.entries(fields).flatMap(([key, value]) => {
    const name = `${above}${key}`;
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    const inner = isObject && level < NAMED_LEVELS ? fieldNames(value as Fields, `${name}.`, level + 1) : [];
    return [name, ...inner];
  });
}

/** A text or a number as a text; null for other values. */
export function asText(value: unknown): string | null {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "bigint" ? String(value) : null;
}

function factsOf(fields: Fields, subject: string): readonly Fact[] {
  const value = fields[FIELDS.facts[0]];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new FieldError(`The field facts must be a list, not ${typeName(value)}.`);
  return value.map((one: unknown, index) => factOf(one, `facts[${index}]`, subject));
}

function factOf(value: unknown, place: string, subject: string): Fact {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new FieldError(`The field ${place} must be an object, not ${typeName(value)}.`);
  const one = value as Fields;
  const name = asText(one["field"])?.trim() ?? "";
  if (name === "") throw new FieldError(`The field ${place}.field must be a text that is not empty.`);
  const given = one["values"] ?? one["value"];
  const values = (Array.isArray(given) ? given : [given]).map((item) => asText(item)?.trim() ?? "");
  if (values.length === 0 || values.includes(""))
    throw new FieldError(`The field ${place} needs \`value\`, or \`values\` as a list of texts.`);
  const about = one["subject"] ?? subject;
  const named = asText(about);
  if (named === null)
    throw new FieldError(`The field ${place}.subject must be a text, not ${typeName(about)}.`);
  return { field: name, subject: named.trim(), values };
}

function isOptedOut(fields: Fields): boolean {
  // All are checked: a wrong value must not be hidden by a right one before it.
  return FIELDS.optOut.map((name) => asYesOrNo(fields[name], name)).includes(true);
}

function asYesOrNo(value: unknown, name: string): boolean {
  if (value === undefined || value === null || value === "") return false;
  const text = typeof value === "boolean" ? String(value) : asText(value)?.trim();
  if (text !== undefined && /^(?:true|1|yes)$/i.test(text)) return true;
  if (text !== undefined && /^(?:false|0|no)$/i.test(text)) return false;
  throw new FieldError(`The field ${name} must be true or false, 1 or 0, yes or no.`);
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  return typeof value === "boolean" ? "true or false" : `a ${typeof value}`;
}
