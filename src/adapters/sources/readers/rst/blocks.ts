import { explicitMarkup } from "./directives.js";
import { withoutInlineMarkup } from "./inline.js";
import { gridRow, isBorder, simpleTable } from "./tables.js";

/** What the blocks of a file say about each other, and what was removed from its text. */
export interface RstState {
  /** Texts that `|name|` stands for. */
  readonly substitutions: Map<string, string>;
  /** Number of comments that were removed. */
  comments: number;
}

/**
 * The text of lines of reStructuredText: directives are unwrapped or left out, comments and targets
 * are left out, literal blocks stay as they are, and inline markup is removed. A field `:name:
 * value` becomes `name: value`.
 *
 * @param state definitions in these lines are added to it, and removed comments are counted in it
 */
export function plainBlocks(lines: readonly string[], state: RstState): string {
  const done: string[] = [];
  let running: string[] = [];
  const finish = () => {
    if (running.length > 0) done.push(withoutInlineMarkup(running.join("\n"), state.substitutions));
    running = [];
  };
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] as string;
    const explicit = /^(\s*)\.\.(?:\s+(.*))?$/.exec(line);
    if (explicit !== null) {
      finish();
      const end = blockEnd(lines, at + 1, (explicit[1] ?? "").length);
      const shown = explicitBlock(explicit[2] ?? "", lines.slice(at + 1, end), state);
      done.push(...(shown === "" ? [""] : ["", shown, ""]));
      at = end;
    } else if (/^\s*__ /.test(line)) {
      at += 1;
    } else if (isBorder(line)) {
      const table = simpleTable(lines, at);
      running.push(...table.rows);
      at = table.end;
    } else if (/::\s*$/.test(line)) {
      const end = blockEnd(lines, at + 1, indentOf(line));
      const opening = line.replace(
        /\s*::\s*$/,
        /\S\s*::\s*$/.test(line) && !/^\s*::\s*$/.test(line) ? ":" : "",
      );
      running.push(opening);
      finish();
      done.push("", ...dedented(lines.slice(at + 1, end)), "");
      at = end;
    } else {
      const row = gridRow(line);
      if (row !== null) running.push(row.replace(FIELD, "$1$2:"));
      at += 1;
    }
  }
  finish();
  return done.join("\n");
}

/** The name of a field at the beginning of a line: `:Author: Ann`, `:param size: in pixels`. */
const FIELD = /^(\s*):([A-Za-z][^:`\n]*):(?=\s|$)/;

function explicitBlock(start: string, body: readonly string[], state: RstState): string {
  const markup = explicitMarkup(start);
  if (markup.kind === "substitution") state.substitutions.set(markup.name, markup.text);
  // Two dots alone separate two blocks.
  if (markup.kind === "comment" && [start, ...body].some((line) => line.trim() !== "")) state.comments += 1;
  if (markup.kind === "literal") return dedented(withoutOptions(body)).join("\n");
  if (markup.kind !== "text") return "";
  return plainBlocks([markup.first, ...dedented(withoutOptions(body))], state).trim();
}

/** Lines without the options of a directive (`:alt: a bridge`), which come first. */
function withoutOptions(lines: readonly string[]): readonly string[] {
  const first = lines.findIndex((line) => !/^\s+:[\w-]+:(?:\s|$)/.test(line));
  return first < 0 ? [] : lines.slice(first);
}

/**
 * End of the lines that are empty or indented more than `indent`. Empty lines at the end stay out.
 */
function blockEnd(lines: readonly string[], from: number, indent: number): number {
  let end = from;
  for (let at = from; at < lines.length; at += 1) {
    const line = lines[at] as string;
    if (line.trim() === "") continue;
    if (indentOf(line) <= indent) break;
    end = at + 1;
  }
  return end;
}

function dedented(lines: readonly string[]): string[] {
  const filled = lines.filter((line) => line.trim() !== "");
  const common = filled.reduce((least, line) => Math.min(least, indentOf(line)), Number.POSITIVE_INFINITY);
  return lines.map((line) => line.slice(Math.min(common, line.length)));
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}
