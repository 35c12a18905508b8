import { type Setting, settings } from "./json-schema.js";
import { isTree, type Tree } from "./layers.js";
import { typeOf } from "./setting-type.js";
import { suggest } from "./suggest.js";

/** A problem that the schema found. */
export interface Issue {
  readonly code?: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
}

/** A wrong setting in words. */
export interface Problem {
  /** Dotted path of the setting. */
  readonly path: string;
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
 * with the most similar known setting.
 *
 * @param values the settings that the schema looked at
 */
export function problemsOf(issue: Issue, values: Tree): readonly Problem[] {
  const path = issue.path.map(String).join(".");
  if (issue.code === "unrecognized_keys") {
    return (issue.keys ?? []).map((key) => unknownSetting(path === "" ? key : `${path}.${key}`));
  }
  const known = settingOf(issue.path);
  // A rule that compares settings has its own words.
  if (known === null || issue.code === "custom")
    return [{ path, text: endless(issue.message), hint: known === null ? ALL : meaning(known) }];
  const value = valueAt(values, issue.path);
  // The setting is a list, and the problem is in one of its entries.
  const isInside = known.path !== path;
  const isEmpty = (Array.isArray(value) && value.length === 0) || (value === undefined && isInside);
  const type = `allowed: ${typeOf(known.schema)}`;
  const hint = meaning(known);
  if (isEmpty) return [{ path: known.path, text: `the list needs at least one entry; ${type}`, hint }];
  return [{ path, text: `${shown(value)} is not allowed; ${isInside ? inside(issue) : type}`, hint }];
}

function unknownSetting(path: string): Problem {
  const near = suggest(
    path,
    settings().map((setting) => setting.path),
  );
  const text = "there is no such setting";
  return near === null
    ? { path, text, hint: ALL }
    : { path, text: `${text} (did you mean \`${near}\`?)`, hint: `Write \`${near}\`.` };
}

/** What a setting means, and its default. */
function meaning({ path, schema }: Setting): string {
  const about = (schema.description ?? "").trim();
  const otherwise = schema.default === undefined ? "" : ` Default: ${shown(schema.default)}.`;
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

/** What the schema allows in an entry of a list. */
function inside({ message }: Issue): string {
  const [, options] = /expected one of (.+)$/.exec(message) ?? [];
  return options === undefined ? endless(message) : `allowed: ${options.replaceAll("|", ", ")}`;
}

/** A message of the schema as a part of a sentence. */
function endless(message: string): string {
  return message.replace(/^Invalid (?:input|option): /, "").replace(/[.]$/, "");
}
