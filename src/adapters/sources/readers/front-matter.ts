import { parse as parseToml } from "smol-toml";
import { parse as parseYaml } from "yaml";
import { FIELDS } from "./fields.js";

/** A Markdown text and what stands before it. */
export interface FrontMatter {
  /** Fields of the front matter; null when there is none. */
  readonly fields: Readonly<Record<string, unknown>> | null;
  readonly body: string;
}

/** The line after the first rule has text: after a rule between paragraphs it is empty. */
const YAML = /^\ufeff?---[^\S\n]*\n(?=---|[^\n]*\S)((?:[^\n]*\n)*?)(?:---|\.\.\.)[^\S\n]*(?:\n|$)/;
const TOML = /^\ufeff?\+\+\+[^\S\n]*\n((?:[^\n]*\n)*?)\+\+\+[^\S\n]*(?:\n|$)/;

/** A line of a mapping in blocks: a name with a colon, an item, a comment, or a part of a value. */
const FIELD_LINE = /^(?:[A-Za-z_][\w .-]{0,40}:(?:\s|$)|-\s|#|\s|[\]}]|$)/;

/** A field whose value has a colon before a space, and no sign of YAML at its beginning. */
const COLON_VALUE = /^([A-Za-z_][\w .-]{0,40}):[ \t]+([^\s"'[{|>&*!%@#`][^\n]*:\s[^\n]*)$/;

const KNOWN: ReadonlySet<string> = new Set(Object.values(FIELDS).flat());

/**
 * Separates front matter at the beginning of a text: YAML between `---` lines, or TOML between
 * `+++` lines. Only a mapping is front matter. All other lines between rules belong to the text.
 */
export function splitFrontMatter(text: string): FrontMatter {
  const toml = TOML.exec(text);
  const match = toml ?? YAML.exec(text);
  const block = match?.[1] ?? "";
  const fields = match === null ? null : toml === null ? yamlFields(block) : tomlFields(block);
  return fields === null ? { fields: null, body: text } : { fields, body: text.slice(match?.[0].length) };
}

function yamlFields(block: string): Readonly<Record<string, unknown>> | null {
  const fields = yamlMapping(block) ?? tolerantMapping(block);
  return fields === null || isSentence(fields) ? null : fields;
}

/**
 * The mapping of a block whose values contain a second colon. They are no YAML, and many files have
 * them: `title: Linux: an overview`. Such values are read as if they stood in quotes.
 */
function tolerantMapping(block: string): Readonly<Record<string, unknown>> | null {
  const lines = block.split("\n");
  if (!lines.every((line) => FIELD_LINE.test(line))) return null;
  const quoted = lines.map((line) =>
    line.replace(COLON_VALUE, (_, name: string, value: string) => `${name}: ${JSON.stringify(value.trim())}`),
  );
  return yamlMapping(quoted.join("\n"));
}

/** One sentence with a colon is a mapping of YAML: `Note: the bridge is closed in winter.` */
function isSentence(fields: Readonly<Record<string, unknown>>): boolean {
  const [[name, value] = ["", null], ...others] = Object.entries(fields);
  if (others.length > 0 || KNOWN.has(name.toLowerCase()) || typeof value !== "string") return false;
  return value.trim().split(/\s+/).length >= 4 && /[.!?]["')]?$/.test(value.trim());
}

function yamlMapping(block: string): Readonly<Record<string, unknown>> | null {
  try {
    // Only the plain core schema, and few aliases: a file must not grow when it is read.
    const value: unknown = parseYaml(block, { maxAliasCount: 10, logLevel: "error", uniqueKeys: false });
    const isMapping = typeof value === "object" && value !== null && !Array.isArray(value);
    return isMapping ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function tomlFields(block: string): Readonly<Record<string, unknown>> | null {
  try {
    return parseToml(block);
  } catch {
    return null;
  }
}
