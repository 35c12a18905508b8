import { counted } from "../core/text/counted.js";
import { type JsonSchema, type Setting, settings } from "./json-schema.js";
import { isTree, type Tree } from "./layers.js";
import { typeOf } from "./setting-type.js";
import { alternatives, suggest } from "./suggest.js";

/** A problem that the schema found. */
export interface Issue {
  readonly code?: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
  readonly minimum?: number | bigint;
}

/** A wrong setting in words. */
export interface Problem {
  /** Dotted path of the setting. */
  readonly path: string;
  /** The path; of a list, with the entry and its field. */
  readonly place: string;
  /** What is wrong, and what is allowed. */
  readonly text: string;
  /** What to write or to read. */
  readonly hint: string;
}

/** Longest value that is shown, in characters. */
const SHOWN = 60;
const ALL = "`spice config --reference` lists every setting, with its type and its meaning.";

/**
 * The problems of an issue. A wrong value is shown with what its setting allows; an unknown setting
 * with the most similar known settings.
 *
 * @param values the settings that the schema looked at
 */
export function problemsOf(issue: Issue, values: Tree): readonly Problem[] {
  const path = issue.path.map(String).join(".");
  const known = settingOf(issue.path);
  const rest = issue.path.slice(known?.path.split(".").length ?? 0);
  if (issue.code === "unrecognized_keys") {
    const keys = issue.keys ?? [];
    if (known === null || rest.length === 0)
      return keys.map((key) => unknownSetting(path === "" ? key : `${path}.${key}`));
    return keys.map((key) => unknownField(known, rest, key));
  }
  if (known === null) return [{ path, place: path, text: endless(issue.message), hint: ALL }];
  const problem = { path: known.path, place: placeOf(known.path, rest), hint: meaning(known) };
  // A rule that compares settings has its own words.
  if (issue.code === "custom") return [{ ...problem, text: endless(issue.message) }];
  const value = valueAt(values, issue.path);
  const schema = schemaAt(known.schema, rest);
  const wanted = schema === null ? endless(issue.message) : `allowed: ${typeOf(schema)}`;
  const list = valueAt(values, issue.path.slice(0, known.path.split(".").length));
  if (Array.isArray(list) && list.length === 0)
    return [
      {
        ...problem,
        place: known.path,
        text: `the list needs at least one entry; allowed: ${typeOf(known.schema)}`,
      },
    ];
  if (value === undefined) return [{ ...problem, text: `a value is needed; ${wanted}` }];
  return [{ ...problem, text: `${shown(value)} is not allowed; ${ruleOf(issue, value) ?? wanted}` }];
}

/** The words of the schema for a rule that a type does not show; null when the type shows it. */
function ruleOf({ code, message, minimum }: Issue, value: unknown): string | null {
  if (message.startsWith("must ")) return message;
  return code === "too_small" && typeof value === "string"
    ? `it must have ${counted(Number(minimum), "character")} or more`
    : null;
}

function unknownSetting(path: string): Problem {
  const near = suggest(
    path,
    settings().map((setting) => setting.path),
  );
  const text = "there is no such setting";
  return near.length === 0
    ? { path, place: path, text, hint: ALL }
    : {
        path,
        place: path,
        text: `${text} (did you mean ${alternatives(near)}?)`,
        hint: `Write ${alternatives(near)}.`,
      };
}

/** An unknown field in an entry of a list. */
function unknownField(known: Setting, rest: readonly PropertyKey[], key: string): Problem {
  const fields = schemaAt(known.schema, rest)?.properties ?? {};
  return {
    path: known.path,
    place: placeOf(known.path, [...rest, key]),
    text: `there is no such field; fields: ${Object.keys(fields).join(", ")}`,
    hint: meaning(known),
  };
}

/** `challenger.mix`, 0, `share` as words: challenger.mix, entry 1, field `share`. */
function placeOf(path: string, rest: readonly PropertyKey[]): string {
  const [key, ...others] = rest;
  if (key === undefined) return path;
  if (typeof key === "number") return placeOf(`${path}, entry ${key + 1}`, others);
  const end = others.findIndex((one) => typeof one === "number");
  const inner = end < 0 ? others : others.slice(0, end);
  const field = [key, ...inner].map(String).join(".");
  return placeOf(`${path}, field \`${field}\``, others.slice(inner.length));
}

/** The schema at a path below a setting; null when there is none. */
function schemaAt(schema: JsonSchema, rest: readonly PropertyKey[]): JsonSchema | null {
  const [key, ...others] = rest;
  if (key === undefined) return schema;
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) {
    const found = choices.map((one) => schemaAt(one, rest)).filter((one) => one !== null);
    return found.length > 1 ? { anyOf: found } : (found[0] ?? null);
  }
  const inner = typeof key === "number" ? schema.items : schema.properties?.[String(key)];
  return inner === undefined ? null : schemaAt(inner, others);
}

/** What a setting means, and its default. */
function meaning({ path, schema }: Setting): string {
  const about = (schema.description ?? "").trim();
  const otherwise =
    schema.default === undefined ? "" : ` Default without a preset: ${shown(schema.default)}.`;
  return `\`${path}\`: ${about}${otherwise}`;
}

/** The setting with the longest path that begins an issue's path; null when there is none. */
function settingOf(path: readonly PropertyKey[]): Setting | null {
  const all = settings();
  for (let length = path.length; length > 0; length -= 1) {
    const wanted = path.slice(0, length).map(String).join(".");
    const found = all.find((setting) => setting.path === wanted);
    if (found !== undefined) return found;
  }
  return null;
}

function valueAt(values: Tree, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((node, key) => {
    if (Array.isArray(node)) return node[Number(key)];
    return isTree(node) ? node[String(key)] : undefined;
  }, values);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > SHOWN ? `${text.slice(0, SHOWN - 1)}…` : text;
}

/** A message of the schema as a part of a sentence. */
function endless(message: string): string {
  return message.replace(/^Invalid (?:input|option): /, "").replace(/[.]$/, "");
}
