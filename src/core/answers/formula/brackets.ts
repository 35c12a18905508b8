import type { Token } from "./tokens.js";

/** The closing bracket that a bracket asks for. An interval may close with the other bracket. */
const CLOSERS: Readonly<Record<string, readonly string[]>> = {
  "(": [")", "]"],
  "[": ["]", ")"],
  "{": ["}"],
  "\\{": ["\\}"],
  langle: ["rangle"],
  lfloor: ["rfloor"],
  lceil: ["rceil"],
};
const ENDS = new Set(Object.values(CLOSERS).flat());

/** The text of a mark; null for other tokens. */
export function markOf(token: Token | undefined): string | null {
  return token?.kind === "mark" ? token.text : null;
}

/**
 * The parts of tokens between marks that stand outside of brackets, and these marks. Null when the
 * brackets do not match.
 */
export function splitAt(
  tokens: readonly Token[],
  isSeparator: (text: string) => boolean,
): { readonly parts: readonly (readonly Token[])[]; readonly separators: readonly string[] } | null {
  const stack: string[] = [];
  const parts: Token[][] = [[]];
  const separators: string[] = [];
  for (const token of tokens) {
    const text = token.kind === "relation" ? token.sign : markOf(token);
    if (text !== null && stack.length === 0 && isSeparator(text)) {
      separators.push(text);
      parts.push([]);
      continue;
    }
    if (text !== null && (CLOSERS[text] !== undefined || text.startsWith("\\begin"))) stack.push(text);
    else if (text !== null && (ENDS.has(text) || text.startsWith("\\end"))) {
      const open = stack.pop();
      if (open === undefined || !closes(open, text)) return null;
    }
    (parts.at(-1) as Token[]).push(token);
  }
  return stack.length === 0 ? { parts, separators } : null;
}

function closes(open: string, close: string): boolean {
  if (open.startsWith("\\begin")) return close === open.replace("begin", "end");
  return CLOSERS[open]?.includes(close) ?? false;
}

/** The tokens within one pair of brackets around the whole; null when there is none. */
export function enclosed(
  tokens: readonly Token[],
): { readonly open: string; readonly close: string; readonly inner: readonly Token[] } | null {
  const [open, close] = [markOf(tokens[0]), markOf(tokens.at(-1))];
  if (open === null || close === null || tokens.length < 2 || !closes(open, close)) return null;
  const inner = tokens.slice(1, -1);
  return splitAt(inner, () => false) === null ? null : { open, close, inner };
}
