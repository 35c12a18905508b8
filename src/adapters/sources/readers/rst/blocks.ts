import { explicitMarkup } from "./directives.js";
import { withoutInlineMarkup } from "./inline.js";
import { gridRow, isBorder, simpleTable } from "./tables.js";

/**
 * The text of lines of reStructuredText: directives are unwrapped or left out, comments and targets
 * are left out, literal blocks stay as they are, and inline markup is removed.
 *
 * @param substitutions texts that `|name|` stands for; definitions in these lines are added
 */
export function plainBlocks(lines: readonly string[], substitutions: Map<string, string>): string {
  const done: string[] = [];
  let running: string[] = [];
  const finish = () => {
    if (running.length > 0) done.push(withoutInlineMarkup(running.join("\n"), substitutions));
    running = [];
  };
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] as string;
    const explicit = /^(\s*)\.\.(?:\s+(.*))?$/.exec(line);
    if (explicit !== null) {
      finish();
      const end = blockEnd(lines, at + 1, (explicit[1] ?? "").length);
      const shown = explicitBlock(explicit[2] ?? "", lines.slice(at + 1, end), substitutions);
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
      if (row !== null) running.push(row);
      at += 1;
    }
  }
  finish();
  return done.join("\n");
}

function explicitBlock(start: string, body: readonly string[], substitutions: Map<string, string>): string {
  const markup = explicitMarkup(start);
  if (markup.kind === "substitution") substitutions.set(markup.name, markup.text);
  if (markup.kind === "literal") return dedented(withoutOptions(body)).join("\n");
  if (markup.kind !== "text") return "";
  return plainBlocks([markup.first, ...dedented(withoutOptions(body))], substitutions).trim();
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
