import {
  aboutOf,
  asText,
  FIELDS,
  FieldError,
  type Fields,
  fieldAt,
  fieldNames,
  textField,
} from "./fields.js";
import type { ReaderOptions, ReadText, Unread } from "./reader.js";

/**
 * One text from the fields of a record: a line of JSONL or a row of CSV.
 *
 * @param place name of the record in its file, for a record without an id
 * @param meant names of other fields that the caller gives a meaning
 */
export function textOfRecord(
  record: Fields,
  place: string,
  options: ReaderOptions,
  meant: readonly string[] = [],
): ReadText | Unread {
  try {
    const text = recordText(record, options.textField);
    if (text === null) {
      const fields = fieldNames(record).slice(0, 8).join(", ");
      const detail = `No text field; the record has: ${fields}. --text-field names another field.`;
      return { kind: "skip", reason: "no_text", fragment: place, detail };
    }
    const { subjectField, textField: chosen } = options;
    const subject = subjectField === undefined ? null : textField(record, [subjectField]);
    const about = aboutOf(subject === null ? record : { ...record, subject }, [
      ...meant,
      // Of a path, the first name is a field of the record.
      ...[chosen, subjectField].flatMap((name) => (name === undefined ? [] : [name, ...name.split(".", 1)])),
    ]);
    const { title, metadata, unknown } = about;
    return { kind: "text", text, title, fragment: about.id ?? place, metadata, unknown };
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    return { kind: "skip", reason: "malformed", fragment: place, detail: error.message };
  }
}

/**
 * The text of a record; null when it has none. A list of texts and numbers is joined as paragraphs.
 * Empty texts and null in the list are passed over.
 *
 * @throws FieldError
 */
function recordText(record: Fields, chosen: string | undefined): string | null {
  for (const name of chosen === undefined ? FIELDS.text : [chosen]) {
    const text = paragraphs(fieldAt(record, name)) ?? textField(record, [name]);
    if (text !== null && text.trim() !== "") return text;
  }
  return null;
}

/** The items of a list as paragraphs; null for a value that is no list of texts and numbers. */
function paragraphs(value: unknown): string | null {
  if (!Array.isArray(value)) return null;
  const parts = value.map((part: unknown) => (part === null ? "" : asText(part)));
  return parts.includes(null)
    ? null
    : parts.filter((part) => part !== null && part.trim() !== "").join("\n\n");
}
