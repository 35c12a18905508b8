import { parseWritten, writtenNumber } from "../../../core/text/written-json.js";
import type { Fields } from "./fields.js";

/** The value of a JSON text, or why the text is not JSON. */
export type ParsedJson =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly detail: string };

/** Digits that a binary number may not keep: many digits, zeros at the end, an exponent. */
const LOSSY = /\d{16}|\.\d*0(?!\d)|\d[eE]/;

/**
 * Parses JSON of a document. A number that a binary number would change, such as `0.10`, becomes a
 * text with its digits.
 */
export function parseJson(text: string): ParsedJson {
  try {
    const value: unknown = JSON.parse(text);
    return { ok: true, value: LOSSY.test(text) ? withDigits(text, value) : value };
  } catch (error) {
    return { ok: false, detail: String(error) };
  }
}

/** True for an object of JSON that is no list. */
export function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function withDigits(text: string, otherwise: unknown): unknown {
  try {
    return plain(parseWritten(text));
  } catch {
    // Nested more deeply than `parseWritten` reads.
    return otherwise;
  }
}

function plain(value: unknown): unknown {
  const digits = writtenNumber(value);
  if (digits !== null) return String(Number(digits)) === digits ? Number(digits) : digits;
  if (Array.isArray(value)) return value.map(plain);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]));
}
