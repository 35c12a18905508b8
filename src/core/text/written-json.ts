const WRITTEN: unique symbol = Symbol("written");

/**
 * A number of a JSON text with the digits as written: `0.10`, `1e3`, `12345678901234567890`. The
 * field is a symbol, so no object of a JSON text is such a value.
 */
export interface WrittenNumber {
  readonly [WRITTEN]: string;
}

/** Deepest nesting that is read. No proposal needs more than two levels. */
const MAX_DEPTH = 64;

/** A string, a number, or a quote without an end. */
const TOKEN = /"([^"\\]*(?:\\[\s\S][^"\\]*)*)"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|"/g;

/**
 * `JSON.parse` with one difference: a number becomes a `WrittenNumber`, because a binary number
 * loses digits. Every string gets the prefix `s`, and every number becomes a string with the prefix
 * `n`. Then the platform's parser reads the text, and the prefixes are removed.
 *
 * @throws SyntaxError for a text that is not JSON or is nested deeper than 64 levels
 */
export function parseWritten(json: string): unknown {
  const marked = json.replace(TOKEN, (token: string, content: string | undefined) => {
    if (content !== undefined) return `"s${content}"`;
    if (token === '"') throw new SyntaxError("a string without an end");
    if (/^-?0\d/.test(token)) throw new SyntaxError("a number that begins with 0");
    return `"n${token}"`;
  });
  return unmarked(JSON.parse(marked), 0);
}

/** The digits of a `WrittenNumber`; null for any other value. */
export function writtenNumber(value: unknown): string | null {
  if (typeof value !== "object" || value === null || !(WRITTEN in value)) return null;
  return (value as WrittenNumber)[WRITTEN];
}

function unmarked(value: unknown, depth: number): unknown {
  if (typeof value === "string") return value.startsWith("n") ? writtenAs(value.slice(1)) : value.slice(1);
  if (typeof value !== "object" || value === null) return value;
  if (depth >= MAX_DEPTH) throw new SyntaxError("nested too deeply");
  if (Array.isArray(value)) return value.map((item) => unmarked(item, depth + 1));
  const fields = Object.entries(value).map(([name, item]) => {
    if (!name.startsWith("s")) throw new SyntaxError("a number as the name of a field");
    return [name.slice(1), unmarked(item, depth + 1)] as const;
  });
  return Object.fromEntries(fields);
}

function writtenAs(digits: string): WrittenNumber {
  return { [WRITTEN]: digits };
}
