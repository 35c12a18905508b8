import { parseWritten } from "../../text/written-json.js";
import { protectLatex } from "./latex-escapes.js";
import { MAX_TEXT } from "./limits.js";
import { afterReasoning } from "./reasoning.js";

/**
 * A JSON object whose fields are not checked yet. A number in it is a `WrittenNumber`, which keeps
 * the digits as written.
 */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Number of characters that the search for an object may visit. Hostile nesting uses up this budget
 * instead of time.
 */
const SCAN_BUDGET = 32 * MAX_TEXT;

/**
 * The JSON object at the end of a completion. Thoughts are removed, then the last
 * balanced object is taken, inside the last fenced block when there is one. Backslashes of LaTeX
 * are protected. Nothing else is repaired, because a reward for repaired output teaches careless
 * output. Of two fields with the same name, the last one counts. Null when there is no object.
 */
export function lastJsonObject(text: string): JsonObject | null {
  if (text.length > MAX_TEXT) return null;
  const visible = afterReasoning(text);
  if (visible === null) return null;
  const source = lastBalanced(lastFence(visible) ?? visible);
  if (source === null) return null;
  try {
    const value: unknown = parseWritten(protectLatex(source));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as JsonObject)
      : null;
  } catch {
    return null;
  }
}

/** Content of the last closed fenced block; null without one. */
function lastFence(text: string): string | null {
  const close = text.lastIndexOf("```");
  const open = close > 0 ? text.lastIndexOf("```", close - 1) : -1;
  if (open < 0) return null;
  const content = text.slice(open + 3, close).replace(/^[a-zA-Z0-9]*[ \t]*\r?\n/, "");
  return content.includes("{") ? content : null;
}

/** The last outermost `{...}` whose braces are balanced outside of strings. */
function lastBalanced(text: string): string | null {
  let found: string | null = null;
  let budget = SCAN_BUDGET;
  let start = text.indexOf("{");
  while (start >= 0 && budget > 0) {
    const end = closingBrace(text, start);
    budget -= (end ?? text.length) - start;
    if (end !== null) found = text.slice(start, end);
    start = text.indexOf("{", end ?? start + 1);
  }
  return found;
}

/** Index after the brace that closes the brace at `start`; null when no brace closes it. */
function closingBrace(text: string, start: number): number | null {
  let depth = 0;
  let quoted = false;
  for (let at = start; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (quoted) {
      if (character === "\\") at += 1;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === "{") depth += 1;
    else if (character === "}") {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return null;
}
