const MARKS: readonly RegExp[] = [
  /^\$\$?([^$]+)\$\$?$/,
  /^\\\(([^\\]*(?:\\[^()[\]][^\\]*)*)\\\)$/,
  /^\\\[([^\\]*(?:\\[^()[\]][^\\]*)*)\\\]$/,
  /^\*\*([^*]+)\*\*$/,
  /^__([^_]+)__$/,
  /^\*([^*\s][^*]*)\*$/,
  /^_([^_\s][^_]*)_$/,
  /^`([^`]+)`$/,
  /^"([^"]+)"$/,
  /^\u201c([^\u201c\u201d]+)\u201d$/,
  /^\u00ab([^\u00ab\u00bb]+)\u00bb$/,
];
const COMMAND =
  /^\\(?:text(?:normal|rm|bf|it|sf|tt)?|math(?:rm|bf|it|sf)|boxed|fbox|mbox|emph|bm|boldsymbol)\s*\{/;

/** Largest number of wrappers that are removed. */
const MAX_LAYERS = 4;

/**
 * The answer without typesetting around the whole of it: dollar signs, `\(...\)`, bold, code marks,
 * quotation marks, `\text{...}`, `\boxed{...}` and white space. A full stop or a comma behind the
 * wrapper goes with it. A text that continues after a closed wrapper stays as it is.
 */
export function unwrap(text: string): string {
  let inner = text.trim();
  for (let layer = 0; layer < MAX_LAYERS; layer += 1) {
    if (!/^[$\\*_`"\u201c\u00ab]/.test(inner)) return inner;
    const next = withoutWrapper(inner) ?? withoutWrapper(inner.replace(/[.,]$/, ""));
    if (next === null || next === "") return inner;
    inner = next;
  }
  return inner;
}

function withoutWrapper(text: string): string | null {
  const command = COMMAND.exec(text);
  if (command !== null) {
    const end = closingBrace(text, command[0].length);
    return end === text.length - 1 ? text.slice(command[0].length, end).trim() : null;
  }
  for (const mark of MARKS) {
    const match = mark.exec(text);
    if (match?.[1] !== undefined) return match[1].trim();
  }
  return null;
}

/** The place of the brace that closes a group; -1 without such a brace. `start` is in the group. */
function closingBrace(text: string, start: number): number {
  let depth = 1;
  for (let at = start; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === "\\") at += 1;
    else if (character === "{") depth += 1;
    else if (character === "}") depth -= 1;
    if (depth === 0) return at;
  }
  return -1;
}
