import { NO_METADATA, type ReadText, type Unread } from "./reader.js";

const TEXT_FIELDS = ["text", "content", "body", "raw_content", "markdown"];
const FIELDS = {
  id: ["id", "doc_id", "document_id"],
  title: ["title", "name"],
  url: ["url", "source_url", "uri"],
  licence: ["licence", "license"],
  language: ["language", "lang"],
};

/** One text from the fields of a record: a line of JSONL or a row of CSV. */
export function textOfRecord(
  record: Readonly<Record<string, unknown>>,
  place: string,
  textField?: string,
): ReadText | Unread {
  const text = firstText(record, textField === undefined ? TEXT_FIELDS : [textField]);
  if (text === null) {
    const fields = Object.keys(record).slice(0, 8).join(", ");
    const detail = `No text field; the record has: ${fields}.`;
    return { kind: "skip", reason: "no_text", fragment: place, detail };
  }
  return {
    kind: "text",
    text,
    title: firstText(record, FIELDS.title) ?? "",
    fragment: firstText(record, FIELDS.id) ?? place,
    metadata: {
      ...NO_METADATA,
      url: firstText(record, FIELDS.url),
      licence: firstText(record, FIELDS.licence),
      language: firstText(record, FIELDS.language),
      ...(isOptedOut(record) && { optOut: true }),
    },
  };
}

/**
 * Fields with which crawls and publishers mark that a text must not be mined or used for training.
 */
const OPT_OUT_FIELDS = ["opt_out", "optOut", "opted_out", "noai", "no_train", "tdm_reservation"];

function isOptedOut(record: Readonly<Record<string, unknown>>): boolean {
  return OPT_OUT_FIELDS.some((name) => /^(?:true|1|yes)$/i.test(String(record[name]).trim()));
}

/**
 * The value of the first of these fields that contains a text or a number, as a text; null for
 * none. A list of texts is joined as paragraphs.
 */
function firstText(record: Readonly<Record<string, unknown>>, names: readonly string[]): string | null {
  for (const name of names) {
    const value = record[name];
    if (typeof value === "string" && value.trim() !== "") return value;
    if (typeof value === "number") return String(value);
    if (Array.isArray(value) && value.length > 0 && value.every((part) => typeof part === "string")) {
      return value.join("\n\n");
    }
  }
  return null;
}
