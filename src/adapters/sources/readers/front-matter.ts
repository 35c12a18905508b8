import { parse } from "yaml";

/** A Markdown text and what stands before it. */
export interface FrontMatter {
  /** Fields of the front matter; null when there is none. */
  readonly fields: Readonly<Record<string, unknown>> | null;
  readonly body: string;
}

const BLOCK = /^\ufeff?---[^\S\n]*\n((?:[^\n]*\n)*?)(?:---|\.\.\.)[^\S\n]*(?:\n|$)/;

/**
 * Separates YAML between `---` lines at the beginning of a text. Only a YAML mapping is front
 * matter. All other lines between horizontal rules belong to the text.
 */
export function splitFrontMatter(text: string): FrontMatter {
  const match = BLOCK.exec(text);
  const fields = match === null ? null : mapping(match[1] ?? "");
  return fields === null ? { fields: null, body: text } : { fields, body: text.slice(match?.[0].length) };
}

function mapping(yaml: string): Readonly<Record<string, unknown>> | null {
  try {
    // Only the plain core schema, and few aliases: a file must not grow when it is read.
    const value: unknown = parse(yaml, { maxAliasCount: 10, logLevel: "silent" });
    const isMapping = typeof value === "object" && value !== null && !Array.isArray(value);
    return isMapping ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
